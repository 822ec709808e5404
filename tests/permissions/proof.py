"""How an action is asked for, and what shows that it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from handlers.kit.metadata import Metadata
from tests.permissions.asking import Pressed, Sought, Submitted, Typed, Way
from tests.permissions.town import Things, Town

ASKED = "+access.asked"

Fields = dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Proof:
    """One way to ask for an action, and what shows that it was done; ``asking`` shows that it was asked for."""

    way: Callable[[Town, Things], Way]
    done: str
    instead: Callable[[Town, Things], Way] | None = None
    asking: str = ASKED
    forgeable: bool = True
    """Whether what is tried instead names things by their ids."""
    names_things: bool = True
    """Whether it names something of the workspace; if not, there is nothing to forge."""


Proofs = Mapping[str, Mapping[str, Proof | tuple[Proof, ...]]]
"""By action and kind of way; where several buttons or forms ask for the same, all of them."""


def every(proofs: Proofs) -> Iterator[tuple[str, str, Proof]]:
    """Action, kind of way, proof."""
    for action, ways in proofs.items():
        for which, found in ways.items():
            for proof in found if isinstance(found, tuple) else (found,):
                yield action, which, proof


def typed(line: str) -> Callable[[Town, Things], Way]:
    return lambda _town, _things: Typed(line)


def sought(action_id: str, query: str, **about: str) -> Callable[[Town, Things], Way]:
    """A search that a field of a form offers."""

    def way(_town: Town, things: Things) -> Way:
        return Sought(action_id, query, Metadata(**{name: attrgetter(thing)(things) for name, thing in about.items()}))

    return way


def pressed(action_id: str, value: str = "", **about: str) -> Callable[[Town, Things], Way]:
    """``value`` and what the modal is about name things: ``destination`` is the id of the destination."""

    def way(_town: Town, things: Things) -> Way:
        metadata = Metadata(**{name: attrgetter(thing)(things) for name, thing in about.items()})
        return Pressed(action_id, value.format(t=things), metadata)

    return way


def about(things: Things) -> Metadata:
    return Metadata(schedule_id=things.schedule)


SCHEDULE = {"schedule_id": "schedule"}


def submitted(callback: str, fields: Callable[[Town, Things], Fields], **named: str) -> Callable[[Town, Things], Way]:
    """A form about one of everything; ``named`` says which things it is about beside or instead of these."""

    def way(town: Town, things: Things) -> Way:
        what = {"schedule_id": "schedule", "connection_id": "connection", "destination_id": "destination", **named}
        return Submitted(
            callback, fields(town, things), Metadata(**{n: attrgetter(t)(things) for n, t in what.items()})
        )

    return way


def nothing(_town: Town, _things: Things) -> Fields:
    return {}
