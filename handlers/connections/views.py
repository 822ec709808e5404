"""What connections look like: the list, the form for a key, and what is shown while the other side thinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    actions,
    button,
    context,
    cut,
    field,
    lines,
    modal,
    people,
    section,
    select,
    text_input,
    users,
)
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of, pager
from oncall.systems import CALDAV, PAGERDUTY
from services.connections.admins_and_removal import InUse, Removal
from services.connections.credentials import ConnectionView
from services.connections.drafts import CalendarDraft, ConnectionDraft, Region
from services.kit.wording import counted, escape

LIST_TITLE = "Connections"
FORM_TITLES = {PAGERDUTY: "PagerDuty connection", CALDAV: "Calendar connection"}
SHOWN_CONNECTIONS = 40
PAGES = "connections"
NONE_YET = (
    "No connections yet. A connection lets Baton read and write the schedules of a PagerDuty account, or the calendars "
    "of a CalDAV server."
)
SHOWN_ADMINS, SHOWN_USES = 10, 40


class Id(StrEnum):
    ADD = "connections.add_pagerduty"
    VIEW = "connections.pagerduty"
    ADD_CALENDAR = "connections.add_calendar"
    CALENDAR_VIEW = "connections.calendar"
    PASSWORD = "connections.password"  # noqa: S105 - an id
    VALUE = "connections.value"
    TEST = "connections.test"
    ADMINS = "connections.admins"
    ADMINS_VIEW = "connections.admins_view"
    REMOVE = "connections.remove"
    REMOVE_VIEW = "connections.remove_view"


REGIONS = (Choice(Region.US, "US"), Choice(Region.EU, "EU"))


def list_view(known: Sequence[ConnectionView], *, may_add: bool, notice: str = "", number: int = 0) -> View:
    """The reader's own connections with their state and what can be done; the button to add only for who may."""
    page = page_of(known, number, SHOWN_CONNECTIONS)
    blocks: list[Block] = [section(notice, "outcome")] if notice else []
    for connection in page.items:
        blocks += [section(connection_text(connection)), _buttons(connection)]
    blocks += pager(PAGES, page, "connection")
    if not known:
        blocks.append(section(NONE_YET))
    return modal(LIST_TITLE, [*blocks, *_adding(may_add=may_add)], metadata=Metadata(page=page.number).dump())


def _buttons(connection: ConnectionView) -> Block:
    value = str(connection.id)
    return actions(
        f"connection:{value}",
        button(Id.TEST, "Test", value),
        *([button(Id.PASSWORD, "Change password", value)] if connection.system.is_calendar else ()),
        button(Id.ADMINS, "Admins", value),
        button(Id.REMOVE, "Remove", value, style="danger"),
    )


def _adding(*, may_add: bool) -> list[Block]:
    if not may_add:
        return [context("People who can make schedules, and admins of one, can add connections.")]
    pagerduty = button(Id.ADD, "Add PagerDuty", style="primary")
    hint = (
        "Who adds a connection administers it, and others ask before they use it. To replace a key or a "
        "password, add the same account again. They are stored encrypted and never shown."
    )
    return [actions("add", pagerduty, button(Id.ADD_CALENDAR, "Add calendar")), context(hint)]


def connection_text(connection: ConnectionView) -> str:
    state = ":large_green_circle: Works" if connection.ok else f":red_circle: {escape(cut(connection.reason, 1000))}"
    text = f"{_called(connection)}\n{state} · {counted(connection.destinations, 'destination')}"
    return f"{text}\nAdmins: {_some(connection.admins)}" if connection.admins else text


def _called(connection: ConnectionView) -> str:
    if connection.region is None:
        return f"*{escape(connection.subdomain)}* ({connection.system.schedule})"
    host = f"{connection.subdomain}{'.eu' if connection.region is Region.EU else ''}.pagerduty.com"
    return f"*{escape(host)}* (PagerDuty, {connection.region.value.upper()})"


def _some(users: Sequence[str]) -> str:
    more = f" and {len(users) - SHOWN_ADMINS} more" if len(users) > SHOWN_ADMINS else ""
    return people(users[:SHOWN_ADMINS]) + more


def admins_form(connection: ConnectionView, named: Sequence[str], metadata: Metadata) -> View:
    blocks = [
        section(f"Who decides what *{escape(connection.subdomain)}* is used for, beside Slack workspace admins."),
        field("admins", "Admins", users(Id.VALUE, named), optional=True),
    ]
    return modal(
        "Connection admins", blocks, callback_id=Id.ADMINS_VIEW, submit="Save", close="Cancel", metadata=metadata.dump()
    )


def _use(use: InUse) -> str:
    return f"*{escape(cut(use.schedule, 100))}* ({escape(use.role)}) to {escape(cut(use.external, 100))}"


def removal_view(removal: Removal, metadata: Metadata) -> View:
    """What uses it and what stops, before it is removed."""
    name = escape(removal.account)
    told = [f"• {_use(use)} is not exported any more" for use in removal.uses[:SHOWN_USES]]
    if len(removal.uses) > SHOWN_USES:
        told.append(f"• … and {len(removal.uses) - SHOWN_USES} more")
    stays = f"What was exported stays in {removal.system.name} as it is." if told else "No schedule uses it."
    blocks = [section(f"If *{name}* is removed, its {removal.system.key} is forgotten."), *lines([*told, stays])]
    return modal(
        "Remove connection", blocks, callback_id=Id.REMOVE_VIEW, submit="Remove", close="Keep", metadata=metadata.dump()
    )


def form(typed: ConnectionDraft | None = None, problems: Mapping[str, str] | None = None) -> View:
    """Asks for an account and a key. ``problems`` are shown below their fields; the key is never put back."""
    subdomain, region = (typed.subdomain, typed.region) if typed else ("", Region.US)
    fields = [
        field(
            "subdomain",
            "PagerDuty subdomain",
            text_input(Id.VALUE, subdomain, placeholder="acme", most=255),
            hint="The part before .pagerduty.com in your account's address",
        ),
        field(
            "key",
            "PagerDuty API key",
            text_input(Id.VALUE, most=255),
            hint="A REST API key with write access: Integrations, API Access Keys",
        ),
        field("region", "Service region", select(Id.VALUE, REGIONS, region)),
    ]
    return _form(PAGERDUTY, Id.VIEW, fields, problems)


def calendar_form(typed: CalendarDraft | None = None, problems: Mapping[str, str] | None = None) -> View:
    """Asks for a calendar server and a user of it; the app password is never put back."""
    known = typed or CalendarDraft("", "", "")
    fields = [
        field(
            "server",
            "Server address",
            text_input(Id.VALUE, known.server, placeholder="https://cloud.example.com", most=255),
            hint="Of a CalDAV server: Nextcloud's address, caldav.fastmail.com, caldav.icloud.com, …",
        ),
        field("user", "User name", text_input(Id.VALUE, known.user, most=255), hint="Often an e-mail address"),
        field(
            "password",
            "App password",
            text_input(Id.VALUE, most=255),
            hint="Made for Baton in the provider's security settings; it needs no other rights than calendars",
        ),
    ]
    return _form(CALDAV, Id.CALENDAR_VIEW, fields, problems)


def _form(kind: str, callback_id: Id, fields: Sequence[Block], problems: Mapping[str, str] | None) -> View:
    told = dict(problems or {})
    blocks: list[Block] = []
    for block in fields:
        blocks.append(block)
        if problem := told.get(block["block_id"]):
            blocks.append(context(f":warning: {escape(problem)}"))
    return modal(
        FORM_TITLES[kind], blocks, callback_id=callback_id, submit="Save", close="Cancel", metadata=Metadata().dump()
    )


def checking_view(kind: str) -> View:
    asked = "Checking the key with PagerDuty…" if kind == PAGERDUTY else "Talking to the calendar server…"
    return modal(FORM_TITLES[kind], [section(f":hourglass_flowing_sand: {asked}")])


def saved_view(connection: ConnectionView) -> View:
    blocks = [section(f":white_check_mark: Saved.\n{connection_text(connection)}")]
    return modal(FORM_TITLES[connection.kind], blocks, close="Back")
