"""What linking looks like: the form, progress, people to match, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
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
from handlers.rotations.views import pack
from handlers.rotations.words import hours
from services.connections.credentials import ConnectionView
from services.kit.wording import counted, escape, when
from services.pagerduty.linking import Found, LinkDraft, Linked
from services.rotations.drafting import RotationDraft

TITLE = "Link schedule"
MOST_PEOPLE = 90
MOST_ROTATIONS = 10
MOST_VALUE = 2000
"""Characters that a button can carry."""


class Id(StrEnum):
    VIEW = "link"
    MATCH = "link.match"
    ROTATION = "link.rotation"
    CONNECTION = "link.connection"
    FIND_EXTERNAL = "link.find_external"
    VALUE = "link.value"
    ASK_VIEW = "link.ask_view"


def form(
    known: Sequence[ConnectionView], draft: LinkDraft, external: Choice | None, starts: datetime, metadata: Metadata
) -> View:
    """The form, filled in with ``draft``; ``external`` is the external schedule as an option."""
    if not known and metadata.request_id is None:
        hint = "Baton needs a PagerDuty account first: `/oncall connections` adds one, and you administer it then."
        return modal(TITLE, [section(hint)], metadata=metadata.dump())
    blocks = [
        section("Takes a schedule over that exists in PagerDuty. Nothing is written there until you say so."),
        *(_choosing(known, draft, external) if known else [_allowed(external)]),
        field("team", "Team", kit.text_input(Id.VALUE, draft.team, placeholder="Payments engineering", most=150)),
        field(
            "role",
            "Linked assignee",
            kit.text_input(Id.VALUE, draft.role, most=75),
            hint="The role that the PagerDuty schedule fills",
        ),
        field(
            "assign_from",
            "Start assigning from",
            kit.moment(Id.VALUE, starts),
            hint="From then on rotations propose shifts here; until then what PagerDuty has stands",
        ),
    ]
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Link", close="Cancel", metadata=metadata.dump())


def _choosing(known: Sequence[ConnectionView], draft: LinkDraft, external: Choice | None) -> list[Block]:
    accounts = [Choice(str(one.id), one.subdomain) for one in known]
    chosen = str(draft.connection_id)
    find = kit.search(Id.FIND_EXTERNAL, external, placeholder="Type a part of its name")
    return [
        kit.asking(field("connection_id", "Connection", select(Id.CONNECTION, accounts, chosen))),
        field(marked("external_id", chosen), "PagerDuty schedule", find),
    ]


def _allowed(external: Choice | None) -> Block:
    return section(f"PagerDuty schedule: *{escape(external.text) if external else ''}*")


def ask_form(metadata: Metadata) -> View:
    """Names what is meant, since nothing of PagerDuty is shown to who may not see it."""
    find = kit.text_input(Id.VALUE, placeholder="https://acme.pagerduty.com/schedules#PABC123", most=300)
    blocks = [
        section(
            "The admins of the PagerDuty connection decide whether you can take a schedule over. They get a card with "
            "what you fill in here, and nothing is read before one of them allows it."
        ),
        field("external", "PagerDuty schedule", find, hint="Its address, or its name or id"),
        context("Or add an account of your own with `/oncall connections`."),
    ]
    return modal(TITLE, blocks, callback_id=Id.ASK_VIEW, submit="Ask", close="Cancel", metadata=metadata.dump())


def asked_view(text: str) -> View:
    return modal(TITLE, [section(text)], close="Close")


def reading_view(done: int, total: int | None, metadata: Metadata) -> View:
    """What is shown while PagerDuty is read; without a button to press."""
    pages = f"{done} of {total} pages" if total else counted(done, "page")
    text = f":hourglass_flowing_sand: Reading from PagerDuty… {pages} read."
    hint = context("Close this to stop; nothing is stored before everything was read.")
    return modal(TITLE, [section(text), hint], close="Stop", metadata=metadata.dump())


def match_view(found: Found, metadata: Metadata) -> View:
    """The people whose e-mail is nobody's in Slack: matched by hand, or left out."""
    shown = found.unmatched[:MOST_PEOPLE]
    name = escape(found.schedule.name)
    blocks = [
        section(
            f"Not everybody of *{name}* could be matched by e-mail. "
            "Choose who they are in Slack, or leave them out: their shifts stay as they are in PagerDuty."
        ),
        *(
            field(
                person.id,
                f"{person.name} ({person.email})" if person.email else person.name,
                kit.user(Id.VALUE),
                optional=True,
            )
            for person in shown
        ),
    ]
    if len(found.unmatched) > len(shown):
        blocks.append(context(f"… and {len(found.unmatched) - len(shown)} more, who are left out"))
    return modal(TITLE, blocks, callback_id=Id.MATCH, submit="Link", close="Cancel", metadata=metadata.dump())


def done_view(linked: Linked, metadata: Metadata) -> View:
    return modal(TITLE, outcome_blocks(linked), close="Close", metadata=Metadata(reply_to=metadata.reply_to).dump())


def outcome_blocks(linked: Linked) -> list[Block]:
    """The outcome, with the rotations that PagerDuty has there, each with a button to the form filled in with it."""
    blocks = [section(told(linked))]
    roles = {role.id: role.name for role in linked.schedule.roles}
    if linked.rotations:
        blocks.append(section("PagerDuty turns it like this. Save that here, and Baton goes on where it stands:"))
    for number, draft in enumerate(linked.rotations[:MOST_ROTATIONS]):
        value = pack(Metadata(schedule_id=linked.schedule.id), draft)
        line = section(f"• {_pattern(draft, roles)}")
        known = len(value) <= MOST_VALUE
        press = [actions(f"rotation:{number}", button(Id.ROTATION, "Open rotation", value))] if known else []
        blocks += [line, *press]
    odd = [f"• *{escape(one.name)}* is no rotation here: {escape(one.why)}." for one in linked.unsaid]
    more = len(linked.rotations[MOST_ROTATIONS:]) + len(odd[MOST_ROTATIONS:])
    rest = [f"… and {counted(more, 'more part')} of it in PagerDuty"] if more else []
    return [*blocks, *kit.lines([*odd[:MOST_ROTATIONS], *rest])]


def _pattern(draft: RotationDraft, roles: Mapping[int, str]) -> str:
    unit = draft.unit.removesuffix("s")
    every = f"every {unit}" if (draft.every or 1) == 1 else f"every {counted(draft.every or 1, unit)}"
    first = f"{draft.first_handoff:%a %-d %b %Y %H:%M}" if draft.first_handoff else ""
    covered = f", {hours(draft.coverage)}" if draft.coverage else ""
    begins = f", takes effect {when(draft.since)}" if draft.since else ""
    role = escape(roles.get(draft.role or 0, ""))
    return (
        f"*{escape(draft.name)}* ({role}): {kit.people(draft.members)}, {every}{covered}, from {first} "
        f"({escape(draft.zone)}){begins}"
    )


def told(linked: Linked) -> str:
    name = escape(linked.schedule.name)
    left_out = f" Left out: {', '.join(escape(person) for person in linked.left_out)}." if linked.left_out else ""
    proposed = counted(len(linked.rotations), "rotation")
    turns = f" PagerDuty's own {proposed} can be saved here as it stands, below." if linked.rotations else ""
    return (
        f":white_check_mark: Linked *{name}* with {counted(len(linked.schedule.assignable), 'member')} and "
        f"{counted(linked.shifts, 'shift')}, {linked.ahead} of them ahead.{left_out}\n"
        "Its destination is paused: it is refreshed, but nothing is written to PagerDuty until an admin exports "
        f"(`/oncall export {name}`) or confirms the first assignment (`/oncall rotation {name}`).{turns}"
    )
