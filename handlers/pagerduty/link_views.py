"""What linking looks like: the form, progress, people to match, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from handlers.kit.paging import BACK, page_of, pager
from handlers.rotations.views import pack
from handlers.rotations.words import hours
from notices.texts.progress import bar
from services.connections.credentials import ConnectionView
from services.kit.wording import counted, escape, span, when
from services.pagerduty.linking import Found, LinkDraft, Linked
from services.pagerduty.proposal_check import Differing
from services.rotations.drafting import RotationDraft
from sync.ports import RemoteUser

TITLE = "Link schedule"
PEOPLE_A_PAGE = 40
PARTS_A_PAGE = 30
"""A message has at most 50 blocks."""
NAMES_IN_A_SENTENCE = 10
SHOWN_DIFFERENCES = 3
MOST_VALUE = 2000
"""Characters that a button can carry."""


class Id(StrEnum):
    VIEW = "link"
    MATCH = "link.match"
    PEOPLE = "link.people"
    ROTATION = "link.rotation"
    OUTCOME = "link.outcome"
    ALL = "link.all"
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
        section("Takes over a schedule that exists in PagerDuty. Nothing is written there until you say so."),
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
            hint="Until then the shifts that PagerDuty has now stand; from then on rotations made here propose shifts",
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
    text = f":hourglass_flowing_sand: Reading from PagerDuty… {pages} read.\n{bar(done, total or 0) if total else ''}"
    hint = context("Close this to stop; nothing is stored before everything was read.")
    return modal(TITLE, [section(text), hint], close="Stop", metadata=metadata.dump())


def match_view(
    found: Found, metadata: Metadata, answers: Mapping[str, str | None] | None = None, notice: str = ""
) -> View:
    """The people whose e-mail is nobody's in Slack: matched by hand, or left out; page ``metadata.page`` of them.

    ``answers`` says who was chosen so far, by external id.
    """
    page, answers = page_of(found.unmatched, metadata.page or 0, PEOPLE_A_PAGE), answers or {}
    is_last = page.number == page.pages - 1
    blocks = [
        *([section(f":warning: {notice}")] if notice else []),
        section(
            f"Not everybody of *{escape(found.schedule.name)}* could be matched by e-mail. "
            "Choose who they are in Slack, or leave a field empty: their shifts stay as they are in PagerDuty."
        ),
        *(field(person.id, _person(person), _who(answers.get(person.id)), optional=True) for person in page.items),
    ]
    if page.pages > 1:
        blocks.append(context(f"{page.first + 1}–{page.first + len(page.items)} of {page.total} people"))
    if page.number > 0:
        blocks.append(actions("people", button(Id.PEOPLE + BACK, "Previous", str(page.number - 1))))
    metadata = replace(metadata, page=page.number)
    submit = "Link" if is_last else "Next"
    return modal(TITLE, blocks, callback_id=Id.MATCH, submit=submit, close="Cancel", metadata=metadata.dump())


def _person(person: RemoteUser) -> str:
    return f"{person.name} ({person.email})" if person.email else person.name


def _who(chosen: str | None) -> Block:
    return kit.user(Id.VALUE, chosen)


def done_view(linked: Linked, metadata: Metadata) -> View:
    """The outcome; page ``metadata.page`` of its parts, found again by ``metadata.token``."""
    about = Metadata(reply_to=metadata.reply_to, token=metadata.token, page=metadata.page)
    page = page_of(_parts(linked), metadata.page or 0, PARTS_A_PAGE)
    blocks = [*_page_blocks(linked, page.number), *pager(Id.OUTCOME, page, "part")]
    return modal(TITLE, blocks, close="Close", metadata=about.dump())


def outcome_blocks(linked: Linked, token: str = "") -> list[Block]:
    """The outcome for a message, with a button to all of it where it is longer than that."""
    left = len(_parts(linked)) - PARTS_A_PAGE
    if left <= 0:
        return _page_blocks(linked, 0)
    rest = context(f"… and {counted(left, 'more part')}")
    return [*_page_blocks(linked, 0), rest, actions("all", button(Id.ALL, "Show all", token))]


Part = RotationDraft | str
"""A rotation with its button, or a line about what is none or nobody."""


def _parts(linked: Linked) -> list[Part]:
    unsaid = [f"• *{escape(one.name)}* is no rotation here: {escape(one.why)}." for one in linked.unsaid]
    return [*linked.rotations, *unsaid, *_left_out_lines(linked.left_out)]


def _left_out_lines(names: Sequence[str]) -> list[str]:
    """Who was left out, where they are too many for a sentence."""
    if len(names) <= NAMES_IN_A_SENTENCE:
        return []
    rows = [names[at : at + NAMES_IN_A_SENTENCE] for at in range(0, len(names), NAMES_IN_A_SENTENCE)]
    return [f"• Left out: {', '.join(escape(name) for name in row)}" for row in rows]


def _page_blocks(linked: Linked, number: int) -> list[Block]:
    """What became of it, and a page of its parts: rotations each with a button to the form filled in with it."""
    page = page_of(_parts(linked), number, PARTS_A_PAGE)
    rotations = [part for part in page.items if isinstance(part, RotationDraft)]
    blocks = [section(told(linked))]
    if rotations:
        blocks.append(section("These rotations stand in PagerDuty. Save them here, and Baton goes on where they are:"))
        blocks += kit.lines(_difference_lines(linked))
    blocks += [_rotation(linked, page.first + place) for place, _ in enumerate(rotations)]
    return [*blocks, *kit.lines([part for part in page.items if isinstance(part, str)])]


def _difference_lines(linked: Linked) -> list[str]:
    """Where the proposed rotations are not what PagerDuty shows."""
    if not linked.differing:
        return []
    first, more = linked.differing[:SHOWN_DIFFERENCES], len(linked.differing) - SHOWN_DIFFERENCES
    why = " What is no rotation here, below, is part of that." if linked.unsaid else ""
    title = f":warning: Together they differ from what PagerDuty shows in the next eight weeks (overrides aside).{why}"
    rest = [f"… and {counted(more, 'more time')}"] if more > 0 else []
    return [title, *(_difference(one) for one in first), *rest]


def _difference(one: Differing) -> str:
    there = ", ".join([*(f"<@{user}>" for user in one.there), *(escape(name) for name in one.strangers)]) or "nobody"
    return f"• {span(one.start, one.end)}: {there} in PagerDuty, {kit.people(one.here)} by these rotations"


def _rotation(linked: Linked, place: int) -> Block:
    draft = linked.rotations[place]
    value = pack(Metadata(schedule_id=linked.schedule.id), draft)
    line = _pattern(draft, _role(linked, draft))
    role, met = _role(linked, draft), linked.meeting[place] if linked.meeting else ""
    if met:
        line += (
            f". At times *{escape(met)}* fills {role} as well, and one role has one rotation at a time: choose another "
            f"role in the form (`/oncall edit {escape(linked.schedule.name)}` adds one)"
        )
    if len(value) > MOST_VALUE:
        way = f"It has too many members for a button: make it with `/oncall rotation {escape(linked.schedule.name)}`."
        return section(kit.cut(f"• {line}. {way}", kit.MOST_TEXT))
    return kit.beside(section(kit.cut(f"• {line}", kit.MOST_TEXT)), button(Id.ROTATION, "Open rotation", value))


def _role(linked: Linked, draft: RotationDraft) -> str:
    return next((escape(role.name) for role in linked.schedule.roles if role.id == draft.role), "")


def _pattern(draft: RotationDraft, role: str) -> str:
    unit = draft.unit.removesuffix("s")
    every = f"every {unit}" if (draft.every or 1) == 1 else f"every {counted(draft.every or 1, unit)}"
    first = f"{draft.first_handoff:%a %-d %b %Y %H:%M}" if draft.first_handoff else ""
    covered = f", {hours(draft.coverage)}" if draft.coverage else ""
    begins = f", takes effect {when(draft.since)}" if draft.since else ""
    ends = f", ends {when(draft.until)}" if draft.until else ""
    return (
        f"*{escape(draft.name)}* fills *{role}*: {kit.people(draft.members)}, {every}{covered}, from {first} "
        f"({escape(draft.zone)}){begins}{ends}"
    )


def told(linked: Linked) -> str:
    name = escape(linked.schedule.name)
    left_out = _left_out(linked.left_out)
    proposed = counted(len(linked.rotations), "rotation")
    turns = f" PagerDuty's own {proposed} can be saved here as it stands, below." if linked.rotations else ""
    return (
        f":white_check_mark: Linked *{name}* with {counted(len(linked.schedule.assignable), 'member')} and "
        f"{counted(linked.shifts, 'shift')}, {linked.ahead} of them ahead.{left_out}\n"
        "Its destination is paused: it is refreshed, but nothing is written to PagerDuty until an admin exports "
        f"(`/oncall export {name}`) or confirms the first shifts that a rotation made here proposes "
        f"(`/oncall confirm {name}`).{turns}"
    )


def _left_out(names: Sequence[str]) -> str:
    if len(names) > NAMES_IN_A_SENTENCE:
        return f" Left out: {len(names)} people, listed below."
    return f" Left out: {', '.join(escape(name) for name in names)}." if names else ""
