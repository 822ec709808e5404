"""``/oncall settings``: what the admins of the Slack workspace set for everybody in it."""

from __future__ import annotations

from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View, field, modal
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from services.admin import workspace_rules
from services.admin.workspace_rules import Rules
from services.kit.permissions import Creators


class Id(StrEnum):
    VIEW = "settings"
    VALUE = "settings.value"


CREATORS = (
    Choice(Creators.EVERYBODY, "Everybody", "Everybody of this workspace, but no guests"),
    Choice(Creators.ADMINS, "Workspace admins", "Only admins and owners of this Slack workspace"),
    Choice(Creators.LISTED, "The people listed below", "They, and workspace admins"),
)


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "settings",
            "",
            "who can make schedules (workspace admins)",
            open_form,
            group=Group.SETTING_UP,
            may=May.WORKSPACE_ADMINS,
        )
    )
    listeners.view(Id.VIEW, submit)


async def open_form(ask: Ask, _argument: str) -> None:
    rules = await workspace_rules.get_rules(ask.house, ask.actor)
    await ask.slack.open(form(rules, Metadata(reply_to=ask.slack.reply_to)))


async def submit(ask: Ask) -> None:
    typed = ask.slack.form
    rules = Rules(typed.choice("creators", Creators, Creators.EVERYBODY), typed.users("listed"))
    await workspace_rules.set_rules(ask.house, ask.actor, rules)
    await ask.slack.ack()
    await ask.slack.say(":white_check_mark: Saved the settings of this workspace.")


def form(rules: Rules, metadata: Metadata) -> View:
    blocks = [
        field("creators", "Who can make schedules", kit.radio(Id.VALUE, CREATORS, rules.creators)),
        field(
            "listed",
            "People who can make schedules",
            kit.users(Id.VALUE, rules.listed),
            hint="Only counts with the last choice above",
            optional=True,
        ),
    ]
    return modal("Settings", blocks, callback_id=Id.VIEW, submit="Save", close="Cancel", metadata=metadata.dump())
