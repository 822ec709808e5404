"""What the engine asks of an external system, and how that system may fail.

An adapter implements two small ports. :class:`Account` is the account behind a connection; :class:`Board` is one
schedule in it. Both carry their contract in Must / May form; the adapter contract suite in ``tests/`` holds every
adapter to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from oncall.systems import CALDAV as CALDAV
from oncall.systems import PAGERDUTY as PAGERDUTY
from oncall.timeline import Interval, Timeline
from sync.core.layers import Layer
from sync.core.model import Line, Strategy
from sync.core.rotations_from_events import Event

LAYERED, SHIFTED = "v2", "v3"
"""The kinds of external schedules: based on layers and overrides, or on shifts."""
Names = Mapping[str, str] | None


class RemoteError(Exception):
    """The external system did not do what was asked. ``str()`` is a sentence that an admin can act on."""


class Unavailable(RemoteError):
    """No answer, or one that says to come back later; nothing is known to be wrong. ``retry_after`` is in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(Unavailable):
    """A write was sent and its reply was lost: it may or may not have happened, and must not be sent again."""


class CredentialRefused(RemoteError):
    """The key is wrong, revoked, of another region, or may not do this; ``at_field`` says so beside the key's field."""

    def __init__(self, message: str, at_field: str = "") -> None:
        super().__init__(message)
        self.at_field = at_field or message


class NoAccount(CredentialRefused):
    """There is nothing of this system at the address, or nothing of this user; the key itself may be right."""


class ScheduleGone(RemoteError):
    """The external schedule does not exist, or the key can't see it."""


class KindChanged(RemoteError):
    """The external schedule is of another kind than when it was linked."""


class Refused(RemoteError):
    """The system understood the request and said no."""


class Overtaken(Refused):
    """The item is no longer what it was when its change was planned: it is gone, or has begun. Look again."""


@dataclass(frozen=True, slots=True)
class RemoteUser:
    """A person of the external system; e-mail in lower case."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Policy:
    """An escalation policy that uses a schedule."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RemoteSchedule:
    """A schedule as an account lists it; ``policies`` None where it doesn't say who uses it, ``time_zone`` by IANA."""

    id: str
    name: str
    kind: str
    url: str
    time_zone: str = ""
    policies: tuple[Policy, ...] | None = None


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to add to an account, in the name of ``author`` (the e-mail address of somebody who is in it)."""

    name: str
    email: str
    time_zone: str
    role: str
    author: str


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """A schedule to create. ``somebody`` is any person of the account; a schedule of layers can't be without one."""

    name: str
    time_zone: str
    kind: str
    layers: tuple[Layer, ...] = ()
    somebody: str = ""


@dataclass(frozen=True, slots=True)
class OtherRules:
    """The external system counts clocks in ``zone`` by other rules: ``at`` this instant its offset is ``there``, not
    ``here``."""

    zone: str
    at: datetime
    there: timedelta
    here: timedelta


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody says in the external system that they will not do what they are put on call for there: ``item`` is what
    names them, by the id of its line. They stay on call; the admins hear of it."""

    item: str
    user: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at an external schedule, inside ``window``.

    ``effective`` is who is on call, ``pinned`` who is on call by an item (an override), whatever layers say. People are
    ids of the external system, instants UTC. Where the strategy is SHIFTS, ``lines`` says what puts each person there.
    Where we may arrange layers, ``layers`` has them, lowest first, and ``by_layers`` who is on call by those of ours.
    ``other_rules`` says where the schedule's clocks are not as they are here, so far as the answer shows offsets.
    ``events`` are the recurring events that put people on call where the schedule has such.
    ``layer_turns`` has who is on call by each layer alone, by id and lowest first; None where the answer doesn't say.
    ``declined`` is who said no to what they are on call for.
    """

    schedule: RemoteSchedule
    window: Interval
    effective: Timeline
    pinned: Timeline
    strategy: Strategy = Strategy.OVERRIDES
    lines: tuple[Line, ...] = ()
    layers: tuple[Layer, ...] = ()
    by_layers: Timeline = field(default_factory=Timeline)
    other_rules: OtherRules | None = None
    events: tuple[Event, ...] = ()
    layer_turns: tuple[tuple[str, Timeline], ...] | None = None
    declined: tuple[Declined, ...] = ()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A schedule seen among many: equal fingerprints mean that equal windows showed the same. ``look`` takes the
    answer apart; it raises RemoteError when that can't be done. It is None where the fingerprint was known."""

    fingerprint: str
    look: Callable[[], Seen] | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An item of an external schedule, with its whole extent; ``on`` and ``overridden`` as in :class:`RemoteItem`."""

    id: str
    user: str
    start: datetime
    end: datetime
    on: str = ""
    overridden: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item to create, or what one is to become.

    ``start`` may have passed by the time the call is made; the adapter moves it to now.
    """

    user: str
    start: datetime
    end: datetime
    on: str = ""
    overridden: str = ""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made an item: a name, empty where the system won't say, and whether it says that it was not an API key."""

    name: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a board is written for, where a schedule's items lie among other things and have to say so themselves.

    ``schedule`` and ``role`` are names, ``time_zone`` (by IANA) is meant by times that name none. ``called`` says how
    to call an external person; ``known`` which of some e-mail addresses are people that can be on call here.
    """

    schedule: str
    role: str
    time_zone: str
    called: Callable[[str], str]
    known: Callable[[Collection[str]], Awaitable[frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Created:
    """What became of one wanted item: ``item`` when it was made, else ``error`` in the system's own words."""

    wanted: Wanted
    item: Listed | None = None
    error: str = ""


class Account(Protocol):
    """The account behind a connection.

    - Must raise the errors of this module and no others.
    - Must not send a request that was refused with 401 or 403 again by itself.
    - May wait for the account's rate limit, but must not exceed it.
    """

    async def check(self) -> str:
        """Prove the credentials, and that they may write; returns the subdomain that the system answers for, or "" if
        it won't say. Must leave no trace."""
        ...

    async def schedules(self) -> Sequence[RemoteSchedule]:
        """Every schedule the credentials can see, in all pages."""
        ...

    async def schedule(self, external_id: str) -> RemoteSchedule:
        """One schedule, of whichever kind it is by now; raises ScheduleGone."""
        ...

    async def find_user(self, email: str) -> RemoteUser | None:
        """The person with exactly this e-mail, without regard to case."""
        ...

    async def get_user(self, user_id: str) -> RemoteUser | None:
        """The person with this id, or None when there is none (any more)."""
        ...


class Editor(Account, Protocol):
    """An account that people and schedules can be added to."""

    async def kinds(self) -> Sequence[str]:
        """The kinds of schedules that the account offers, the better one first."""
        ...

    async def create_schedule(self, new: NewSchedule) -> RemoteSchedule:
        """Create a schedule. Must not repeat it when the reply was lost."""
        ...

    async def rename_schedule(self, schedule: RemoteSchedule, name: str) -> None:
        """Give a schedule another name and leave the rest of it as it is."""
        ...

    async def delete_schedule(self, schedule: RemoteSchedule) -> None:
        """Delete a schedule; one that is gone already is done. Raises Refused while something uses it."""
        ...

    async def create_user(self, new: NewUser) -> RemoteUser:
        """Add a person. Raises Refused with a sentence that an admin can act on."""
        ...

    async def search_users(self, text: str) -> Sequence[RemoteUser]:
        """People whose name or e-mail holds ``text``, in one request: as many as fit into one answer."""
        ...

    async def owner(self) -> RemoteUser | None:
        """The person whose key this is; None for a key of the account itself."""
        ...


class Board(Protocol):
    """One schedule in an account, written in one way.

    - Must give instants in UTC and whole extents in :meth:`items`.
    - Must not repeat a create whose reply was lost; it raises OutcomeUnknown instead.
    - Must treat deleting what is not there as done.
    - May move the start of a wanted item to now, if it has passed.
    """

    async def look(self, window: Interval) -> Seen:
        """Who is on call there; one request where the system allows it."""
        ...

    async def items(self, window: Interval) -> Sequence[Listed]:
        """The items that touch ``window``."""
        ...

    async def create(self, wanted: Sequence[Wanted]) -> Sequence[Created]:
        """Create the items, and say for each what became of it."""
        ...

    async def change(self, item_id: str, wanted: Wanted) -> Listed:
        """Change an item in place and say what it is now; where ``wanted`` has begun, only its end.

        Raises Overtaken when it is gone or has begun meanwhile, and Refused where items can't be changed.
        """
        ...

    async def delete(self, item_id: str) -> None:
        """Remove an item; one that is running ends now."""
        ...

    async def maker(self, item_id: str) -> Maker:
        """Who made an item, removed or not, so far as the system says. Must not raise."""
        ...


class LayerBoard(Board, Protocol):
    """A schedule whose layers are ours to arrange."""

    async def arrange(self, layers: Sequence[Layer]) -> Sequence[Layer]:
        """Put these layers in place of the present ones, lowest first; returns what the schedule has then.

        Must not repeat a write that makes a layer when its reply was lost; it raises OutcomeUnknown instead.
        """
        ...


class Adapter(Protocol):
    """One external system: what hands out its accounts and boards, and keeps what they share."""

    def account(self, *, subdomain: str, region: str, key: str) -> Editor:
        """The account behind these credentials. Raises CredentialRefused for what can't be credentials."""
        ...

    def owns(self, account: Account) -> bool:
        """Whether an account is one of this system's."""
        ...

    def board(self, account: Account, external_id: str, kind: str, about: About | None = None) -> Board:
        """A schedule in the way its kind is written. Raises KindChanged for a kind that can't be.

        Without ``about``, what people made by hand among other things is not told from these.
        """
        ...

    def layer_board(self, account: Account, external_id: str) -> LayerBoard:
        """A schedule that Baton made and whose pattern it keeps. Raises KindChanged where the system has no such."""
        ...

    async def look_at_all(
        self, account: Account, window: Interval, known: Container[str] = (), wanted: Names = None
    ) -> Mapping[str, Glimpse]:
        """As :meth:`External.look_at_all`; an empty answer where the system can't."""
        ...

    async def aclose(self) -> None:
        """Close every connection; may be called twice."""
        ...


class External(Protocol):
    """Where the engine gets adapters from, by connection."""

    def account(
        self, connection_id: int, *, subdomain: str, region: str, key: str, system: str = PAGERDUTY
    ) -> Editor: ...

    def board(self, account: Account, external_id: str, kind: str, about: About | None = None) -> Board: ...

    def layer_board(self, account: Account, external_id: str) -> LayerBoard: ...

    async def look_at_all(
        self, account: Account, window: Interval, known: Container[str] = (), wanted: Names = None
    ) -> Mapping[str, Glimpse]:
        """Look at every schedule of an account that can be read in bulk, by id; the others are left out. Of what has
        one of the ``known`` fingerprints, nothing else is kept; ``wanted`` are names by id, for an account that has
        more than it lists. Raises RemoteError when it can't do that now; then each is looked at by itself.
        """
        ...
