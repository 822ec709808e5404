"""What webhooks look like: the list, the form, a secret the one time it is shown, and what became of deliveries."""

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
    confirm,
    context,
    field,
    modal,
    section,
    when,
)
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of, pager
from services.kit.wording import escape
from services.notices.webhooks import DeliveryView, NewSecret, TeamName, WebhookView

LIST_TITLE, FORM_TITLE, SECRET_TITLE, DELIVERIES_TITLE = "Webhooks", "Add webhook", "Webhook secret", "Deliveries"
SHOWN_TEAMS = 20
A_PAGE = 30
PAGES = "webhooks"
SHOWN_URL, SHOWN_ERROR = 500, 300


class Id(StrEnum):
    ADD = "webhooks.add"
    VIEW = "webhooks.form"
    VALUE = "webhooks.value"
    DELIVERIES = "webhooks.deliveries"
    TEST = "webhooks.test"
    ROTATE = "webhooks.rotate"
    REMOVE = "webhooks.remove"
    REDELIVER = "webhooks.redeliver"
    REFRESH = "webhooks.refresh"
    TAKE = "webhooks.take"


def list_view(known: Sequence[WebhookView], reader: str = "", told: str = "", number: int = 0) -> View:
    """A page of webhooks with what ``reader`` can do with them; ``told`` is what was just done."""
    page = page_of(known, number, A_PAGE)
    blocks: list[Block] = [section(told)] if told else []
    blocks += [block for hook in page.items for block in _entry(hook, reader)]
    if not known:
        blocks.append(section("No webhooks yet. A webhook is told of every on-call switch by an HTTP POST."))
    hint = (
        "A webhook hears of the schedules that its maker administers. Messages are signed as Standard Webhooks "
        "describes, each webhook with a secret of its own."
    )
    blocks += [*pager(PAGES, page, "webhook", button(Id.ADD, "Add webhook", style="primary")), context(hint)]
    return modal(LIST_TITLE, blocks, metadata=Metadata(page=page.number).dump())


def _entry(hook: WebhookView, reader: str) -> list[Block]:
    value = str(hook.id)
    sure = confirm("Remove webhook", f"Nothing will be sent to {escape(hook.name)} any more.", "Remove", "Keep it")
    buttons = (
        button(Id.TEST, "Send test", value),
        button(Id.DELIVERIES, "Deliveries", value),
        button(Id.ROTATE, "Rotate secret", value),
        button(Id.REMOVE, "Remove", value, style="danger", confirm=sure),
    )
    taking = [] if hook.maker == reader or not reader else [_taking(hook)]
    return [section(hook_text(hook)), actions(f"webhook-{hook.id}", *taking, *(() if hook.only_to_take else buttons))]


def _taking(hook: WebhookView) -> Block:
    text = f"From then on {escape(kit.cut(hook.name, 60))} hears of the schedules that you administer."
    return button(Id.TAKE, "Take over", str(hook.id), confirm=confirm("Take over webhook", text, "Take over", "Cancel"))


def hook_text(hook: WebhookView) -> str:
    more = f" and {len(hook.teams) - SHOWN_TEAMS} more teams" if len(hook.teams) > SHOWN_TEAMS else ""
    teams = ", ".join(escape(kit.cut(team, 100)) for team in hook.teams[:SHOWN_TEAMS]) + more or _every_team(hook)
    rotating = f"\nThe former secret is good until {when(hook.rotating_until)}." if hook.rotating_until else ""
    maker = f" · made by <@{hook.maker}>" if hook.maker else ""
    wide = " · hears of every schedule, from before webhooks had a maker's limits" if hook.hears_all else ""
    quiet = "\n:mute: Silent: its maker administers none of these schedules any more." if hook.silent else ""
    where = escape(kit.cut(hook.where, SHOWN_URL)).replace("`", "")
    return f"*{escape(hook.name)}* · {teams}{maker}{wide}\n`{where}`{rotating}{quiet}"


def _every_team(hook: WebhookView) -> str:
    return "all teams" if hook.hears_all else "all teams of its maker"


def form(teams: Sequence[TeamName]) -> View:
    """Asks where to; no team chosen is all of them."""
    blocks = [
        field("name", "Name", kit.text_input(Id.VALUE, placeholder="Access management", most=150)),
        field("url", "URL", kit.text_input(Id.VALUE, placeholder="https://example.com/hooks/oncall", most=2000)),
    ]
    if teams:
        choices = [Choice(str(team.id), team.name) for team in teams]
        picker: Block = {
            "type": "multi_static_select",
            "action_id": Id.VALUE,
            "placeholder": kit.plain("All teams that you administer"),
            **kit.grouped(choices),
        }
        blocks.append(
            field("team_ids", "Teams", picker, hint="Leave it empty for all that you administer", optional=True)
        )
    return modal(FORM_TITLE, blocks, callback_id=Id.VIEW, submit="Save", close="Cancel", metadata=Metadata().dump())


def secret_view(made: NewSecret) -> View:
    blocks = [
        section(hook_text(made.webhook)),
        section(f"Its secret, shown this once:\n```{made.secret}```"),
        context("Give it to the receiver, which checks with it that messages are Baton's."),
    ]
    return modal(SECRET_TITLE, blocks, close="Done")


def deliveries_view(hook: WebhookView, deliveries: Sequence[DeliveryView]) -> View:
    """The last attempts, newest first, each with a button to send its message again."""
    value = str(hook.id)
    blocks: list[Block] = [
        section(hook_text(hook)),
        actions("webhook", button(Id.TEST, "Send test", value), button(Id.REFRESH, "Refresh", value)),
    ]
    blocks += [_delivery(hook, delivery) for delivery in deliveries]
    if not deliveries:
        blocks.append(section("Nothing was sent yet."))
    return modal(DELIVERIES_TITLE, blocks, metadata=Metadata(webhook_id=hook.id).dump())


def _delivery(hook: WebhookView, delivery: DeliveryView) -> Block:
    good = delivery.status is not None and 200 <= delivery.status < 300
    status = str(delivery.status) if delivery.status is not None else "no answer"
    problem = f"\n{escape(kit.cut(delivery.error, SHOWN_ERROR))}" if delivery.error else ""
    mark = ":large_green_circle:" if good else ":red_circle:"
    text = f"{mark} *{status}* · {when(delivery.at)} · {delivery.took_ms} ms{problem}"
    shape = section(text, f"delivery-{delivery.id}")
    return shape | {"accessory": button(Id.REDELIVER, "Redeliver", f"{hook.id}:{delivery.id}")}
