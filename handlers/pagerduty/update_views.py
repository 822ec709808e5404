"""What PagerDuty sync looks like: setting it up or merging, how it stands, changing and stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.destinations.words import assignee, link, status
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
    text_input,
    when,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from services.connections.credentials import ConnectionView
from services.connections.drafts import Region
from services.destinations.configuring import DestinationView
from services.kit.wording import escape
from services.pagerduty.adding_people import ROLES, USUAL_ROLE
from services.pagerduty.stopping import Ending, Outlook
from services.pagerduty.updates import KINDS, SyncView

TITLE = "PagerDuty sync"
CHANGE_TITLE = "PagerDuty configuration"
STOP_TITLE = "Stop PagerDuty updates"
MOST_SHOWN = 20


class Id(StrEnum):
    START = "sync.start"
    WAY = "sync.way"
    CONNECTION = "sync.connection"
    VALUE = "sync.value"
    SET_UP = "sync.set_up"
    MERGE = "sync.merge"
    CHANGE = "sync.change"
    CHANGED = "sync.changed"
    STOP = "sync.stop"
    STOPPED = "sync.stopped"


class Way(StrEnum):
    """How a schedule gets into PagerDuty."""

    SET_UP = "set_up"
    MERGE = "merge"


WAYS = (
    Choice(Way.SET_UP, "Set up PagerDuty sync"),
    Choice(Way.MERGE, "Merge together with another rotation into a single PagerDuty schedule"),
)
REGIONS = (Choice(Region.US, "US"), Choice(Region.EU, "EU"))
ASKING = (
    "Leave the key empty to ask the admins of the account that is connected already: they get a card, and nothing is "
    "read or written there before one of them allows it. With a key of your own, another account is connected."
)
ADDING_HINT = (
    "PagerDuty wants to know who adds people. Type the e-mail address of somebody in the account, and Baton adds "
    "members who are missing there. Left empty, nobody is added."
)
NEW_ADDING_HINT = (
    "Members who are missing in PagerDuty are added there, and it wants to know by whom. Left empty, that is you, "
    "where the account has your address. It can be changed, or emptied, later."
)


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of the PagerDuty side: the reader's connections, the one chosen, the kinds that it offers, and
    whether there are others, whose admins can be asked."""

    connections: Sequence[ConnectionView]
    chosen: int | None
    kinds: Sequence[str]
    can_ask: bool = False
    author: str = ""


def set_up_form(sync: SyncView, account: Account, metadata: Metadata) -> View:
    """The presets of *Kind* and of who is added belong to the connection, so they are drawn anew with another one."""
    offered = [Choice(kind, KINDS[kind]) for kind in account.kinds]
    blocks = [
        _way(Way.SET_UP),
        field(
            "name", "Schedule name", text_input(Id.VALUE, sync.schedule, most=255), hint="As it appears in PagerDuty"
        ),
        *_account(account),
        field(marked("kind", account.chosen), "Kind", select(Id.VALUE, offered, account.kinds[0])),
        *_adding(next((one for one in account.connections if one.id == account.chosen), None), account),
    ]
    return modal(
        TITLE, blocks, callback_id=Id.SET_UP, submit="Save and update", close="Cancel", metadata=metadata.dump()
    )


def _way(chosen: Way) -> Block:
    return kit.asking(field("way", "How", kit.radio(Id.WAY, WAYS, chosen)))


def _account(account: Account) -> list[Block]:
    """A connection there is, or what makes a new one."""
    known = [Choice(str(one.id), one.subdomain) for one in account.connections]
    other = bool(known) or account.can_ask
    asking = [context(ASKING)] if account.can_ask and not known else []
    blocks = [
        *asking,
        field("subdomain", "PagerDuty subdomain", text_input(Id.VALUE, placeholder="acme", most=255), optional=other),
        field(
            "key",
            "PagerDuty API key",
            text_input(Id.VALUE, most=255),
            hint="Do not check “Read-only API Key” when you create it",
            optional=other,
        ),
        field("region", "Service region", select(Id.VALUE, REGIONS, Region.US)),
    ]
    if not known:
        return blocks
    choose = kit.asking(field("connection_id", "Connection", select(Id.CONNECTION, known, str(account.chosen))))
    return [choose, context("For another account, fill in its subdomain and a key:"), *blocks]


def _adding(connection: ConnectionView | None, account: Account | None = None) -> list[Block]:
    """In whose name, preset once it was said, and as what; that is for the connection's admins to say."""
    if connection is None and (account is None or account.can_ask):
        return []
    author, role = (connection.author, connection.role) if connection and connection.author else ("", "")
    author = author or (account.author if account else "")
    mark = connection.id if connection else None
    roles = [Choice(value, label) for value, label in ROLES.items()]
    named = text_input(Id.VALUE, author, most=320)
    hint = ADDING_HINT if connection else NEW_ADDING_HINT
    return [
        field(marked("author", mark), "Add missing people in the name of", named, hint=hint, optional=True),
        field(
            marked("role", mark),
            "PagerDuty role of people who are added",
            select(Id.VALUE, roles, role if role in ROLES else USUAL_ROLE),
        ),
    ]


def merge_form(sync: SyncView, metadata: Metadata) -> View:
    offered = [Choice(str(one.destination_id), f"{one.schedule} ({one.external_name})") for one in sync.shared]
    label = "Other rotation to merge into PagerDuty schedule with"
    if not offered:  # an input would need a button to submit, and there is nothing to submit
        way = kit.beside(section("How", "way"), kit.radio(Id.WAY, WAYS, Way.MERGE))
        hint = section("No other rotation is synced to PagerDuty by Baton yet, so there is nothing to merge with.")
        return modal(TITLE, [way, hint], metadata=metadata.dump())
    others: Block = {"type": "static_select", "action_id": Id.VALUE, **kit.grouped(offered)}
    blocks = [_way(Way.MERGE), field("other", label, others)]
    return modal(
        TITLE, blocks, callback_id=Id.MERGE, submit="Sync into shared", close="Cancel", metadata=metadata.dump()
    )


def standing_view(sync: SyncView, metadata: Metadata, notice: str = "") -> View:
    """A schedule that is synced: how it stands and what can be done."""
    shown = [
        section(f"*{link(one)}* shows {assignee(one)}\n{status(one.status, one.reason)}\n{_refreshed(one)}")
        for one in sync.made[:MOST_SHOWN]
    ]
    if len(sync.made) > MOST_SHOWN:
        shown.append(context(f"… and {len(sync.made) - MOST_SHOWN} more; `/oncall destinations` lists them all."))
    value = str(sync.schedule_id)
    doing = actions(
        "doing",
        button(Id.CHANGE, "Change PagerDuty configuration", value),
        button(Id.STOP, "Delete and stop PagerDuty updates", value, style="danger"),
    )
    told = [section(notice, "outcome")] if notice else []
    return modal(TITLE, [*told, *shown, doing], metadata=metadata.dump())


def _refreshed(one: DestinationView) -> str:
    return f"Last refresh: {when(one.refreshed_at) if one.refreshed_at else 'not yet'}"


def change_form(sync: SyncView, connection: ConnectionView | None, metadata: Metadata) -> View:
    name = sync.made[0].external_name
    blocks = [
        field("name", "Schedule name", text_input(Id.VALUE, name, most=255), hint="As it appears in PagerDuty"),
        *([_new_key()] if connection else []),
        *_adding(connection),
    ]
    return modal(
        CHANGE_TITLE, blocks, callback_id=Id.CHANGED, submit="Save and update", close="Cancel", metadata=metadata.dump()
    )


def _new_key() -> Block:
    hint = "Only to replace the key that is stored; it is never shown"
    return field("key", "PagerDuty API key", text_input(Id.VALUE, most=255), hint=hint, optional=True)


def stop_form(outlooks: Sequence[Outlook], metadata: Metadata) -> View:
    """What will happen, before it does. Deleting is offered only where nothing uses what would go."""
    endings = [
        Choice(Ending.LEAVE, "Leave it in PagerDuty as it is"),
        Choice(Ending.CLEAR, "Take Baton's future shifts out and end its layers"),
    ]
    if all(one.deletable for one in outlooks):
        endings.append(Choice(Ending.DELETE, "Delete the schedule in PagerDuty"))
    lines = [_outlook(one) for one in outlooks]
    if any(one.forgets_key for one in outlooks):
        lines.append("No other schedule needs this connection, so its key is forgotten.")
    blocks = [
        section("Baton stops keeping PagerDuty in step. Nothing here is lost: shifts and rotations stay."),
        *kit.lines(lines),
        field("ending", "The PagerDuty schedule", kit.radio(Id.VALUE, endings, Ending.LEAVE)),
    ]
    return modal(
        STOP_TITLE, blocks, callback_id=Id.STOPPED, submit="Stop updates", close="Keep", metadata=metadata.dump()
    )


def _outlook(one: Outlook) -> str:
    held = [f"the escalation policy {escape(name)} uses it" for name in one.used_by]
    held += [f"{escape(name)} writes to it, too" for name in one.shared]
    why = f" It can't be deleted: {' and '.join(held)}." if held else ""
    entries = "entry" if one.items == 1 else "entries"
    return f"• *{escape(one.external_name)}*: {one.items} {entries} of Baton's ahead.{why}{_going_off(one)}"


def _going_off(one: Outlook) -> str:
    """Whom an ending takes off call at once; said before it is chosen."""
    ways = ["taking Baton's part out"] if one.by_layer else []
    ways += ["deleting it"] if one.deletable else []
    if not one.on_call or not ways:
        return ""
    ending = " or ".join(ways)
    return f" {one.on_call} is on call there right now; {ending} takes them off call at once."


def waiting_view() -> View:
    return modal(TITLE, [section(":hourglass_flowing_sand: Talking to PagerDuty…")])


def outcome_view(text: str) -> View:
    return modal(TITLE, [section(text)], close="Close")
