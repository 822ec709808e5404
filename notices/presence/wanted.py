"""Who is to be in a user group and what a topic is to say: pure, from who is on call.

==========================  ===============================================  ================================
a role                      puts into the group                              shows in the topic
==========================  ===============================================  ================================
with people on call         these                                            these
with nobody, and fallback   the fallback person                              the same, "(fallback)"
with nobody                 nobody                                           nobody
==========================  ===============================================  ================================

A group has what all of its roles put into it, and whoever is always in it. Slack takes neither guests nor bots nor
whoever was deactivated: these are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notices.presence.topic_part import Entry


class OnEdit(StrEnum):
    """What becomes of a group or a topic that somebody else has edited."""

    RESTORE = "restore"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Showing:
    """One role that shows at a target, with who is on call for it now."""

    schedule_id: int
    schedule: str
    role: str
    on_call: tuple[str, ...]
    fallback: str = ""
    always: tuple[str, ...] = ()
    on_edit: OnEdit = OnEdit.RESTORE

    @property
    def standing(self) -> tuple[str, ...]:
        """Who is there: those on call, or the fallback person."""
        return self.on_call or ((self.fallback,) if self.fallback else ())


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as far as groups and topics go; ``fits`` says whether Slack takes them into a user group."""

    name: str
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Who is to be in a group, by id; ``left_out`` would belong to it, but Slack does not take them.

    ``covered`` is False where every role is without anybody, so that nobody but those who always are would be in it.
    """

    members: tuple[str, ...]
    left_out: tuple[str, ...]
    covered: bool


def group(showings: Sequence[Showing], people: Mapping[str, Someone]) -> Group:
    """Somebody who is not known is taken to fit: Slack says otherwise, if so."""
    standing = {user for one in showings for user in one.standing}
    wanted = standing | {user for one in showings for user in one.always}
    fitting = {user for user in wanted if user not in people or people[user].fits}
    return Group(tuple(sorted(fitting)), tuple(sorted(wanted - fitting)), bool(standing & fitting))


def entries(showings: Iterable[Showing], people: Mapping[str, Someone]) -> tuple[Entry, ...]:
    """What a topic says, role by role in order."""

    def name(user: str) -> str:
        return people[user].name if user in people else user

    def standing(one: Showing) -> tuple[str, ...]:
        """A fallback person who was deactivated stands in for nobody."""
        gone = not one.on_call and one.fallback in people and not people[one.fallback].fits
        return () if gone else one.standing

    return tuple(
        Entry(one.schedule, one.role, tuple(name(user) for user in standing(one)), fallback=not one.on_call)
        for one in showings
    )


def on_edit(showings: Iterable[Showing]) -> OnEdit:
    """Where roles that share a target want different things, it is put right."""
    return OnEdit.RESTORE if any(one.on_edit is OnEdit.RESTORE for one in showings) else OnEdit.REPORT
