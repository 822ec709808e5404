"""What calendar feeds look like: the list of links there are, and one link with what to do with it. Pure."""

from __future__ import annotations

from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    actions,
    beside,
    button,
    confirm,
    context,
    divider,
    field,
    modal,
    section,
)
from handlers.kit.forms import marked
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from services.feeds.links import Link, Offered, Scope
from services.feeds.secrets import digest_of
from services.kit.wording import escape

LIST_TITLE, LINK_TITLE = "Calendar feeds", "Calendar link"
OWN = "own"
WHAT_IT_IS = (
    "A link shows these shifts in a calendar app, which looks for changes by itself: most within some hours, some once "
    "a day. On-call events are shown as free time, so meetings can still be booked."
)
HOW_TO = (
    "*Google Calendar*, on a computer: beside *Other calendars* press *+*, then *From URL*.\n"
    "*Outlook*: *Add calendar*, then *Subscribe from web*.\n"
    "*Apple Calendar*: *File*, then *New Calendar Subscription*. On an iPhone: *Calendars*, *Add Calendar*, then *Add "
    "Subscription Calendar*."
)
FOR_MACHINES = (
    "*Grafana IRM* and others that know people by e-mail: add `?titles=email` to the link; docs/calendars.md shows it."
)
KEEP_IT = (
    "Whoever has this link sees these shifts, without Slack. Add `?proposed=1` to it to see shifts that wait to be "
    "confirmed, too."
)
UNREADABLE = (
    ":warning: The encryption key that this link was kept with is not set any more, so it can't be shown. Calendars "
    "that have it go on. *New link* makes one that can be shown, and stops theirs."
)


class Id(StrEnum):
    OPEN = "feeds.open"
    FIND = "feeds.find_schedule"
    COPY = "feeds.copy"
    RENEW = "feeds.renew"
    LINK = "feeds.link"
    VALUE = "feeds.value"


def value_of(scope: Scope) -> str:
    """How a button says what it is about."""
    if scope.schedule_id is None:
        return OWN
    return f"{scope.schedule_id}:{scope.role_id}" if scope.role_id is not None else str(scope.schedule_id)


def scope_of(value: str) -> Scope:
    """What :func:`value_of` wrote; whatever else names a schedule that is not there."""
    if value == OWN:
        return Scope()
    schedule, _, role = value.partition(":")
    return Scope(id_of(schedule) or 0, (id_of(role) or 0) if role else None)


def feeds_button(schedule_id: int) -> Block:
    return button(Id.OPEN, "Calendar feeds", str(schedule_id))


def list_view(found: Offered | None, metadata: Metadata, lacking: str = "") -> View:
    """``found`` is the schedule that was chosen; ``lacking`` is why there are no links at all."""
    blocks: list[Block] = [section(f":warning: {lacking}", "lacking")] if lacking else []
    own = section("*My shifts*\nWhatever you are on call for, in every schedule.", "own")
    blocks.append(own if lacking else beside(own, _copying(Scope())))
    blocks += [divider(), section("*One schedule, or one role of it*\nEverybody's shifts.", "schedules")]
    chosen = Choice(str(found.schedule_id), found.schedule) if found else None
    blocks.append(actions("choose", kit.search(Id.FIND, chosen, placeholder="Choose a schedule")))
    blocks += _of_schedule(found, lacking) if found else []
    return modal(LIST_TITLE, [*blocks, context(WHAT_IT_IS, "what")], metadata=metadata.dump())


def _of_schedule(found: Offered, lacking: str) -> list[Block]:
    if found.why:
        return [section(found.why, "why")]
    name = escape(kit.cut(found.schedule, 150))
    whole = (Scope(found.schedule_id), f"*{name}*: every role")
    parts = [(Scope(found.schedule_id, role), f"*{name}*: {escape(label)}") for role, label in found.roles]
    texts = [whole, *parts] if len(parts) > 1 else [whole]
    return [section(text) if lacking else beside(section(text), _copying(scope)) for scope, text in texts]


def _copying(scope: Scope) -> Block:
    return button(Id.COPY, "Copy link", value_of(scope))


def link_view(link: Link, told: str = "") -> View:
    """``told`` is what was just done. The field has another name for another link: Slack keeps what a field showed."""
    blocks: list[Block] = [section(f":white_check_mark: {told}", "outcome")] if told else []
    blocks.append(section(f"Calendar of {link.of}.", "about"))
    if link.url:
        hint = "Select all of it, copy it, and paste it where your calendar app asks for an address"
        name = marked("link", digest_of(link.url)[:8])
        blocks += [
            field(name, "Link", kit.text_input(Id.VALUE, link.url, most=len(link.url)), hint=hint, optional=True),
            section(HOW_TO if link.scope.schedule_id is None else f"{HOW_TO}\n{FOR_MACHINES}", "how"),
            context(KEEP_IT, "keep"),
        ]
    else:
        blocks.append(section(UNREADABLE, "unreadable"))
    blocks += [actions("renew", _renewing(link))] if link.may_renew else []
    submit = {"callback_id": Id.LINK, "submit": "Done"} if link.url else {}
    return modal(LINK_TITLE, blocks, **submit, metadata=Metadata().dump())


def _renewing(link: Link) -> Block:
    whose = "Your calendars" if link.scope.schedule_id is None else "Everybody's calendars"
    sure = confirm(
        "Make a new link?",
        f"The link that there is now stops at once. {whose} that have it show no changes any more, until they are "
        "given the new one.",
        "Make a new link",
        "Keep it",
    )
    return button(Id.RENEW, "New link", value_of(link.scope), confirm=sure)
