"""The one order in which a transaction takes locks that others may wait for.

=====  ==================================  =============================================================
place  rows                                how
=====  ==================================  =============================================================
0      a workspace                         one: whoever adds what a second one of would be refused
1      schedules                           all that are changed, by id
2      destinations                        all that are changed, at once, by id; with a schedule come its own
                                           and those that share an external schedule with them
3      a connection                        one
4      what has been told (``told``)       by schedule
5      what shows who is on call           user groups and topics (``presence_target``), by id
=====  ==================================  =============================================================

Everything else belongs to one of these and is changed under its lock, or is changed by a statement that waits for
nobody's row. A transaction may leave places out, and never goes back. Whoever goes back is found by the tests, on
SQLite as well; in production it is only noted, since what is lost by a deadlock is run again (:mod:`storage.again`).

Rows are locked ``FOR NO KEY UPDATE``, never ``FOR UPDATE``: PostgreSQL looks at the parents of a row (``FOR KEY
SHARE``) when it is inserted, and also when it is updated for the second time in a transaction, whichever columns that
are. ``FOR UPDATE`` on a parent would have to wait for that, outside of any order.

A row that is not there yet can't be locked. Whoever looks whether something is known already and adds it otherwise
(a schedule of this name, a webhook for this address) locks what it belongs to before looking: of two processes that get
one form twice, the second then sees what the first made.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger()

HELD, OWN = "baton_held", "baton_own"


class Place(IntEnum):
    """Where rows are in the order."""

    WORKSPACE = 0
    SCHEDULE = 1
    DESTINATION = 2
    CONNECTION = 3
    TOLD = 4
    PRESENCE = 5


def missing(session: AsyncSession, place: Place, ids: Iterable[int]) -> list[int]:
    """Those of ``ids`` that this transaction does not hold yet, in order, to be locked next; from now on it holds them.

    Rows of a place are to be locked in one go.
    """
    held: dict[Place, set[int]] = session.info.setdefault(HELD, {})
    here = held.setdefault(place, set())
    new = sorted(set(ids) - here - session.info.get(OWN, {}).get(place, set()))
    if new and (later := [one for one in held if one >= place and held[one]]):
        out_of_order(f"{place.name} {new} after {[(one.name, sorted(held[one])) for one in later]}")
    here.update(new)
    return new


def made(session: AsyncSession, place: Place, row_id: int) -> None:
    """This transaction made the row: nobody else sees it, so there is nothing to wait for."""
    session.info.setdefault(OWN, {}).setdefault(place, set()).add(row_id)


def out_of_order(what: str) -> None:
    """A lock was taken that could have been waited for in the other order; the tests make this an error."""
    log.warning("locks out of order", locks=what)
