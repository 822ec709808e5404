"""What matching a member with a person of an external system looks like."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    actions,
    button,
    context,
    field,
    modal,
    section,
    select,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from services.kit.wording import escape
from services.people.matching import Account, Candidate

TITLE = "Match person"
LABEL = "Match person"


class Id(StrEnum):
    OF_MEMBER = "matching.of_member"
    OF_DESTINATION = "matching.of_destination"
    CONNECTION = "matching.connection"
    FIND = "matching.find"
    FIND_MEMBER = "matching.find_member"
    REMOVE = "matching.remove"
    VALUE = "matching.value"
    VIEW = "matching.view"


def of_member(user_id: str) -> Block:
    """The button beside a member."""
    return button(Id.OF_MEMBER, LABEL, user_id)


def of_destination(destination_id: int) -> Block:
    """The button beside a destination at which somebody is not found."""
    return button(Id.OF_DESTINATION, LABEL, str(destination_id))


def form(
    people: Sequence[Choice],
    accounts: Sequence[Account],
    chosen: Account,
    current: Candidate | None,
    metadata: Metadata,
) -> View:
    """``people`` are the members to choose from; where it is one, ``current`` is whom they are matched with."""
    asked = f"<@{people[0].value}>" if len(people) == 1 else "the member"
    text = (
        f"Who is {asked} in the {chosen.system.account} *{escape(chosen.name)}*? Baton finds people by e-mail address; "
        "where that differs, your word counts, for every schedule that is exported to this account. Confirmed shifts "
        "of that person are then written there at once; where a destination is paused or waits for a manual export, "
        "they wait, too."
    )
    blocks = [section(text)]
    if len(people) > 1:
        blocks.append(field("user_id", "Member", _members(people)))
    if len(accounts) > 1:
        listed = [Choice(str(one.connection_id), one.name) for one in accounts]
        chosen_id = str(chosen.connection_id)
        blocks.append(kit.asking(field("connection_id", "Connection", select(Id.CONNECTION, listed, chosen_id))))
    found = option(current) if current else None
    typed = "Type their e-mail address" if chosen.system.is_calendar else "Type a part of the name or e-mail address"
    search = kit.search(Id.FIND, found, placeholder=typed)
    blocks.append(field(marked("external_id", chosen.connection_id), f"Person in {chosen.system.name}", search))
    if current is not None:
        blocks += _removing(current)
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Match", close="Cancel", metadata=metadata.dump())


def _members(people: Sequence[Choice]) -> Block:
    """A menu, or a search where that would end before they do."""
    if len(people) <= kit.MOST_OPTIONS:
        return select(Id.VALUE, people, people[0].value)
    return kit.search(Id.FIND_MEMBER, people[0], placeholder="Type a part of the name")


def _removing(current: Candidate) -> list[Block]:
    name = escape(kit.cut(current.name, 60))
    text = f"They are *{name}* no longer. Baton looks for them by e-mail address again; until they are found, their "
    text += "shifts are not exported."
    really = kit.confirm("Remove this match?", text, "Remove", "Keep")
    return [
        context(f"Matched with *{name}* now."),
        actions("match", button(Id.REMOVE, "Remove match", style="danger", confirm=really)),
    ]


def option(one: Candidate) -> Choice:
    """Somebody of the account to choose, with whose match they are already."""
    address = f" ({one.email})" if one.email not in ("", one.name) else ""
    return Choice(one.external_id, f"{one.name}{address}", f"Matched with {one.taken_by}" if one.taken_by else "")


def removed_view(text: str) -> View:
    return modal(TITLE, [section(text)])
