"""What linking looks like: the form, progress, people to match, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from handlers import blocks as kit
from handlers.blocks import Block, Choice, View, context, field, modal, section, select
from handlers.forms import marked
from handlers.metadata import Metadata
from services.connections import ConnectionView
from services.linking import Found, LinkDraft, Linked
from services.wording import counted, escape

TITLE = "Link schedule"
MOST_PEOPLE = 90


class Id(StrEnum):
    VIEW = "link"
    MATCH = "link.match"
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


def done_view(linked: Linked) -> View:
    return modal(TITLE, [section(told(linked))], close="Close")


def told(linked: Linked) -> str:
    name = escape(linked.schedule.name)
    left_out = f" Left out: {', '.join(escape(person) for person in linked.left_out)}." if linked.left_out else ""
    return (
        f":white_check_mark: Linked *{name}* with {counted(len(linked.schedule.assignable), 'member')} and "
        f"{counted(linked.shifts, 'shift')}, {linked.ahead} of them ahead.{left_out}\n"
        "Its destination is paused: it is refreshed, but nothing is written to PagerDuty until an admin exports "
        f"(`/oncall export {name}`) or confirms the first assignment (`/oncall rotation {name}`)."
    )
