"""The kinds of external systems that shifts are exported to, and how people call them in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

PAGERDUTY = "pagerduty"
"""The kind of a connection to PagerDuty."""

CALDAV = "caldav"
"""The kind of a connection to a calendar server."""


@dataclass(frozen=True, slots=True)
class System:
    """The words for one kind, each as it stands inside a sentence.

    ``name`` is the system, ``schedule`` what it calls a schedule, ``connection`` and ``account`` what leads there,
    ``pages`` the verb for having somebody on call, ``item`` one entry that Baton makes, ``key`` what opens it,
    ``own`` what repeats there without Baton, and ``others`` what somebody else put there.
    """

    kind: str
    name: str
    schedule: str
    connection: str
    account: str
    pages: str
    item: str
    key: str
    own: str
    others: str

    @property
    def start(self) -> str:
        """The name at the beginning of a sentence."""
        return f"{self.name[0].upper()}{self.name[1:]}"

    @property
    def is_calendar(self) -> bool:
        return self.kind == CALDAV


SYSTEMS = {
    PAGERDUTY: System(
        kind=PAGERDUTY,
        name="PagerDuty",
        schedule="PagerDuty schedule",
        connection="PagerDuty connection",
        account="PagerDuty account",
        pages="pages",
        item="override",
        key="key",
        own="PagerDuty's own rotation",
        others="a layer or an override",
    ),
    CALDAV: System(
        kind=CALDAV,
        name="the calendar",
        schedule="calendar",
        connection="calendar connection",
        account="calendar account",
        pages="has",
        item="event",
        key="password",
        own="a recurring event of the calendar",
        others="an event",
    ),
}


def system(kind: str) -> System:
    """The words for a kind of connection; what was stored before there were several kinds is PagerDuty's."""
    return SYSTEMS.get(kind, SYSTEMS[PAGERDUTY])


@dataclass(frozen=True, slots=True)
class Paged:
    """Whom an external system of the kind ``by`` has on call where nobody is on call here, as mentions or escaped
    names."""

    people: tuple[str, ...] = ()
    by: str = PAGERDUTY

    def __bool__(self) -> bool:
        return bool(self.people)

    def joined(self, more: Paged) -> Paged:
        """Both, each person once."""
        people = tuple(dict.fromkeys(self.people + more.people))
        return Paged(people, self.by if self else more.by)

    @property
    def told(self) -> str:
        """How a remark on it begins, inside a sentence."""
        there = system(self.by)
        return f"{there.name} {there.pages}"


NOBODY_PAGED = Paged()
