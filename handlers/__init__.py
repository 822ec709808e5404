"""Slack in and out: one room per feature, with its listeners and its views.

A new feature is a new module with ``register(listeners)``, named in :data:`FEATURES`.
"""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from handlers.admin import doctor, history, older_copy
from handlers.admin import workspace_settings as settings
from handlers.availability import listeners as away
from handlers.commands import listeners as command
from handlers.connections import listeners as connections
from handlers.connections import requests as access
from handlers.covers import answers as covering
from handlers.covers import listeners as cover
from handlers.destinations import first_export, pending, refresh
from handlers.destinations import import_answers as imported
from handlers.destinations import listeners as destinations
from handlers.fairness import balance, why
from handlers.fairness import listeners as fairness
from handlers.feeds import listeners as feeds
from handlers.home import listeners as home
from handlers.kit import errors
from handlers.kit.background import drain
from handlers.kit.busy import Crowd
from handlers.kit.exchange import error_code
from handlers.kit.listeners import Listeners
from handlers.notices import preferences as notifications
from handlers.notices import webhooks
from handlers.pagerduty import link
from handlers.pagerduty import updates as sync
from handlers.people import directory as people
from handlers.people import matching, members
from handlers.people import new_admin as admins
from handlers.people.directory import load_directory
from handlers.presence import listeners as presence
from handlers.rotations import listeners as rotation
from handlers.schedules import archive, create, edit, who_in_channel, who_modal
from handlers.schedules import who as overview
from handlers.shifts import assign, change, confirm, mine, picture, swap
from handlers.shifts import swap_answers as swapping
from handlers.shifts import upcoming as coming
from services.kit.house import House

__all__ = ["drain", "error_code", "load_directory", "register"]

FEATURES = (
    overview,
    who_modal,
    who_in_channel,
    mine,
    coming,
    picture,
    feeds,
    balance,
    why,
    swap,
    swapping,
    cover,
    covering,
    away,
    notifications,
    history,
    members,
    admins,
    confirm,
    assign,
    change,
    rotation,
    fairness,
    older_copy,
    pending,
    refresh,
    edit,
    create,
    link,
    sync,
    destinations,
    connections,
    presence,
    webhooks,
    settings,
    archive,
    doctor,
    access,
    imported,
    first_export,
    matching,
    people,
    home,
    command,
)
"""In the order in which help lists their words."""


def register(app: AsyncApp, house: House, crowd: Crowd | None = None) -> Listeners:
    """Hook every feature into the app; returns what was registered. ``crowd`` limits what is done at once."""
    errors.register(app)
    listeners = Listeners(app, house, crowd)
    for feature in FEATURES:
        feature.register(listeners)
    listeners.hook_in()
    return listeners
