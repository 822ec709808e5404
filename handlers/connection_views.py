"""What connections look like: the list, the form for a key, and what is shown while PagerDuty thinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from handlers.blocks import (
    Block,
    Choice,
    View,
    actions,
    button,
    context,
    cut,
    field,
    modal,
    section,
    select,
    text_input,
)
from handlers.metadata import Metadata
from services.connections import ConnectionDraft, ConnectionView, Region
from services.wording import counted, escape

LIST_TITLE = "Connections"
FORM_TITLE = "PagerDuty connection"
SHOWN_CONNECTIONS = 90


class Id(StrEnum):
    ADD = "connections.add_pagerduty"
    VIEW = "connections.pagerduty"
    VALUE = "connections.value"


REGIONS = (Choice(Region.US, "US"), Choice(Region.EU, "EU"))


def list_view(known: Sequence[ConnectionView], *, may_change: bool) -> View:
    """Every connection with its state; the button only for those who may use it."""
    blocks = [section(connection_text(connection)) for connection in known[:SHOWN_CONNECTIONS]]
    if len(known) > SHOWN_CONNECTIONS:
        blocks.append(context(f"… and {len(known) - SHOWN_CONNECTIONS} more"))
    if not known:
        blocks.append(
            section("No connections yet. A connection lets Baton read and write the schedules of a PagerDuty account.")
        )
    blocks += _changing(may_change=may_change)
    return modal(LIST_TITLE, blocks)


def _changing(*, may_change: bool) -> list[Block]:
    if not may_change:
        return [context("Admins of a schedule and Slack workspace admins can add connections.")]
    hint = "To replace a key, add the same subdomain again. A key is stored encrypted and never shown."
    return [actions("add", button(Id.ADD, "Add PagerDuty", style="primary")), context(hint)]


def connection_text(connection: ConnectionView) -> str:
    state = ":large_green_circle: Works" if connection.ok else f":red_circle: {escape(cut(connection.reason, 1000))}"
    host = f"{connection.subdomain}{'.eu' if connection.region is Region.EU else ''}.pagerduty.com"
    region = connection.region.value.upper()
    return f"*{escape(host)}* (PagerDuty, {region})\n{state} · {counted(connection.destinations, 'destination')}"


def form(typed: ConnectionDraft | None = None, problems: Mapping[str, str] | None = None) -> View:
    """Asks for an account and a key. ``problems`` are shown below their fields; the key is never put back."""
    told = dict(problems or {})
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
    blocks: list[Block] = []
    for block in fields:
        blocks.append(block)
        if problem := told.get(block["block_id"]):
            blocks.append(context(f":warning: {escape(problem)}"))
    return modal(FORM_TITLE, blocks, callback_id=Id.VIEW, submit="Save", close="Cancel", metadata=Metadata().dump())


def checking_view() -> View:
    return modal(FORM_TITLE, [section(":hourglass_flowing_sand: Checking the key with PagerDuty…")])


def saved_view(connection: ConnectionView) -> View:
    blocks = [section(f":white_check_mark: Saved.\n{connection_text(connection)}")]
    return modal(FORM_TITLE, blocks, close="Back")
