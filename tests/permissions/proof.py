"""How an action is asked for, and what shows that it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter

from handlers.kit.metadata import Metadata
from tests.permissions.asking import Homed, Pressed, Sought, Submitted, Typed, Way
from tests.permissions.town import Things, Town

ASKED = "+access.asked"

ON_HOME = frozenset(
    {
        "accept a swap",
        "decline a swap",
        "take back a request to swap",
        "cover somebody",
        "take back a request for cover",
        "allow or refuse a request",
    }
)
"""What can be done by a button of a message that stands on the Home tab, too."""

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


def with_home(proofs: Proofs) -> Proofs:
    """The same, and by a button on the Home tab whatever has a word of the command or is :data:`ON_HOME`. Such a button
    carries what the word or the other button does, whose forgeries are tried."""
    found = dict(proofs)
    for action, ways in proofs.items():
        known = ways.get("command") or (ways.get("button") if action in ON_HOME else None)
        if known is not None:
            several = known if isinstance(known, tuple) else (known,)
            found[action] = {**ways, "home": tuple(_homed(proof) for proof in several)}
    return found


def _homed(proof: Proof) -> Proof:
    instead = _from_home(proof.instead) if proof.instead else None
    return replace(proof, way=_from_home(proof.way), instead=instead, names_things=False)


def _from_home(way: Callable[[Town, Things], Way]) -> Callable[[Town, Things], Way]:
    def homed(town: Town, things: Things) -> Way:
        found = way(town, things)
        match found:
            case Typed(line):
                word, _, rest = line.partition(" ")
                return Homed(f"home.do.{word}", rest)
            case Pressed(action_id, value):
                return Homed(action_id, value)
            case _:
                return found

    return homed


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
