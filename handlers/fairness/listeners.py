"""``/oncall fair``: how a role is filled fairly, in two steps and a preview, and re-planning.

All of it is one modal whose view is replaced. What was typed travels along in its metadata from step to step, so that
Back and forth lose nothing; what takes time is shown as under way first.

::

    shifts ──Next──► rules ──Preview──► preview ──Save──► stored, dealt, told
       ◄──Back to shifts──┘   ◄────Back────┘
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.fairness import words
from handlers.fairness.packing import pack, typed_over, unpack
from handlers.fairness.previews import preview_view, replan_view, waiting_view
from handlers.fairness.views import Id, rules_form, shifts_form
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.schedules import zone_search as zones
from handlers.schedules.choosing import named_schedule
from oncall.drafts import is_zone
from oncall.fairness.patterns import MOST_PATTERNS
from services.fairness import dealing, reading, replanning, saving
from services.fairness.drafting import FairDraft, PatternDraft, Preset, check_rules
from services.fairness.reading import FairView
from services.kit.errors import Refusal
from services.kit.wording import counted, escape
from services.people import directory
from services.schedules.finding import Among

WORKING = "Working out who would be on call…"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "fair",
            "[schedule]",
            "have a role filled fairly, by shares, wishes and rules",
            open_form,
            group=Group.ADMINS,
            example="Payments",
            more="What you set is previewed before it is saved. *Re-plan* is there, too.",
        )
    )
    listeners.action(Id.ROLE, choose_role)
    listeners.action(Id.PRESET, choose_preset)
    listeners.action(Id.WHO, redraw_shifts)
    listeners.action(Id.ADD, add_shift)
    listeners.action(Id.REMOVE, remove_shift)
    listeners.action(Id.TO_SHIFTS, back_to_shifts)
    listeners.action(Id.TO_RULES, back_to_rules)
    listeners.action(Id.REPLAN, show_replan)
    listeners.action(Id.IN_ORDER, fill_in_order)
    listeners.options(Id.ZONE, search_zones)
    listeners.view(Id.SHIFTS, next_step)
    listeners.view(Id.RULES, preview)
    listeners.view(Id.SAVE, save)
    listeners.view(Id.REPLAN_SAVE, replan)


async def open_form(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    known = await reading.get_fair(ask.house, ask.actor, schedule.id)
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to, revision=known.revision)
    await ask.slack.open(await _shifts(ask, known, draft_for(known, None), metadata))


def draft_for(known: FairView, role_id: int | None) -> FairDraft:
    """The role as it is filled, or what a new form starts with: a week at a time for everybody who can be assigned."""
    role = known.role(role_id)
    if role.fair is not None:
        return FairDraft.of(role.fair, known.schedule.id, known.revision)
    return FairDraft(
        schedule_id=known.schedule.id,
        role=role.id,
        zone=known.schedule.time_zone,
        members=tuple(member.user_id for member in known.schedule.assignable),
        revision=known.revision,
    )


async def _shifts(ask: Ask, known: FairView, draft: FairDraft, metadata: Metadata) -> View:
    zone = draft.zone if is_zone(draft.zone) else known.schedule.time_zone
    return shifts_form(known, draft, zones.choice(zone, ask.house.clock.now()), metadata)


def _typed(ask: Ask) -> FairDraft:
    return typed_over(unpack(ask.slack.view.get("private_metadata", ""), ask.slack.metadata), ask.slack.form)


async def _known(ask: Ask) -> FairView:
    return await reading.get_fair(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)


def _anew(ask: Ask) -> Metadata:
    """Metadata by which every field shows what it is given, whatever was typed in it."""
    return replace(ask.slack.metadata, page=(ask.slack.metadata.page or 0) + 1)


async def choose_role(ask: Ask) -> None:
    """Show the role that was chosen, as it is filled."""
    known = await _known(ask)
    draft = draft_for(known, ask.slack.form.number("role"))
    about = replace(_anew(ask), revision=known.revision)
    await ask.slack.replace(await _shifts(ask, known, draft, about), unless_changed=True)


async def choose_preset(ask: Ask) -> None:
    """Fill in its shifts; everything else stays."""
    draft = replace(_typed(ask), patterns=ask.slack.form.choice("preset", Preset, Preset.WEEK).patterns)
    await ask.slack.replace(await _shifts(ask, await _known(ask), draft, _anew(ask)), unless_changed=True)


async def redraw_shifts(ask: Ask) -> None:
    """A named member has a field of their own."""
    view = await _shifts(ask, await _known(ask), _typed(ask), ask.slack.metadata)
    await ask.slack.replace(view, unless_changed=True)


async def add_shift(ask: Ask) -> None:
    draft = _typed(ask)
    if len(draft.patterns) < MOST_PATTERNS:
        draft = replace(draft, patterns=(*draft.patterns, PatternDraft(start=None)))
    await ask.slack.replace(await _shifts(ask, await _known(ask), draft, ask.slack.metadata), unless_changed=True)


async def remove_shift(ask: Ask) -> None:
    draft, number = _typed(ask), ask.slack.action_number
    kept = tuple(one for place, one in enumerate(draft.patterns, 1) if place != number)
    draft = replace(draft, patterns=kept or draft.patterns)
    await ask.slack.replace(await _shifts(ask, await _known(ask), draft, _anew(ask)), unless_changed=True)


async def search_zones(ask: Ask) -> Sequence[Choice]:
    return zones.search(ask.slack.query, ask.house.clock.now())


async def next_step(ask: Ask) -> None:
    """The rules, once nothing is wrong with the shifts."""
    draft = _typed(ask)
    await saving.check_shifts(ask.house, ask.actor, draft)
    view = await _rules(ask, draft, _anew(ask))
    await ask.slack.ack(response_action="update", view=view)


async def _rules(ask: Ask, draft: FairDraft, metadata: Metadata) -> View:
    people = await directory.named(ask.house, ask.actor.workspace_id, draft.members)
    return rules_form(await _known(ask), draft, {user: one.name for user, one in people.items()}, metadata)


async def back_to_shifts(ask: Ask) -> None:
    await ask.slack.replace(await _shifts(ask, await _known(ask), _typed(ask), _anew(ask)))


async def back_to_rules(ask: Ask) -> None:
    await ask.slack.replace(await _rules(ask, _typed(ask), _anew(ask)))


async def preview(ask: Ask) -> None:
    draft, known = _typed(ask), await _known(ask)
    check_rules(draft, ask.house.clock.now())
    await ask.slack.ack(response_action="update", view=waiting_view(WORKING, pack(ask.slack.metadata, draft)))
    try:
        shown = await saving.preview(ask.house, ask.actor, draft)
    except Refusal:
        await ask.slack.replace(await _rules(ask, draft, _anew(ask)))
        raise
    await ask.slack.replace(preview_view(known.schedule.name, shown, draft, ask.slack.metadata))


async def save(ask: Ask) -> None:
    draft = unpack(ask.slack.view["private_metadata"], ask.slack.metadata)
    saved = await saving.save(ask.house, ask.actor, draft)
    await ask.slack.ack(response_action="clear")
    dealt = await dealing.deal(ask.house, saved.schedule_id, by=ask.actor.user_id)
    await ask.slack.say(words.saved_text(saved, dealt))


async def fill_in_order(ask: Ask) -> None:
    schedule_id = ask.slack.metadata.schedule_id or 0
    saved = await saving.fill_in_order(ask.house, ask.actor, schedule_id, ask.slack.action_number)
    known = await _known(ask)
    about = replace(_anew(ask), revision=known.revision)
    await ask.slack.replace(await _shifts(ask, known, draft_for(known, ask.slack.action_number), about))
    text = f":white_check_mark: *{escape(saved.role)}* of *{escape(saved.schedule)}* is filled in order again."
    await ask.slack.say(f"{text} Set up who takes turns: `/oncall rotation {escape(saved.schedule)}`.")


async def show_replan(ask: Ask) -> None:
    """What a re-plan would move: in the form's place, or over the notice whose button was pressed."""
    schedule_id = ask.slack.metadata.schedule_id or ask.slack.action_number
    known = await reading.get_fair(ask.house, ask.actor, schedule_id)
    about = Metadata(schedule_id=known.schedule.id, reply_to=ask.slack.reply_to)
    waiting = waiting_view("Working out what would move…", about.dump())
    view_id = str(ask.slack.view.get("id", "")) if ask.slack.view and not ask.slack.is_home else ""
    if view_id:
        await ask.slack.replace(waiting)
    else:
        view_id = await ask.slack.open(waiting)
    shown = await replanning.plan(ask.house, ask.actor, known.schedule.id)
    await ask.slack.replace(replan_view(shown, replace(about, token=shown.digest)), view_id)


async def replan(ask: Ask) -> None:
    about = ask.slack.metadata
    await ask.slack.ack(response_action="clear")
    try:
        done = await replanning.replan(ask.house, ask.actor, about.schedule_id or 0, about.token)
    except Refusal as refusal:
        await ask.slack.say(str(refusal))
        return
    schedule = escape(done.schedule)
    text = f":white_check_mark: Re-planned *{schedule}*: {counted(len(done.moves), 'shift')} moved."
    await ask.slack.say(text)
