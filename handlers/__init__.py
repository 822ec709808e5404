"""Slack in and out: one module per feature, each with its listeners and its views.

A new feature is a new module with ``register(listeners)``, named in :data:`FEATURES`.
"""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from handlers import (
    access,
    admins,
    archive,
    assign,
    change,
    coming,
    command,
    confirm,
    connections,
    cover,
    create,
    destinations,
    doctor,
    edit,
    errors,
    history,
    imported,
    link,
    matching,
    members,
    mine,
    notifications,
    older_copy,
    overview,
    pending,
    people,
    refresh,
    rotation,
    settings,
    swap,
    swapping,
    sync,
    webhooks,
)
from handlers.background import drain
from handlers.crowd import Crowd
from handlers.exchange import error_code
from handlers.listeners import Listeners
from handlers.people import load_directory
from services.house import House

__all__ = ["drain", "error_code", "load_directory", "register"]

FEATURES = (
    overview,
    mine,
    coming,
    swap,
    swapping,
    cover,
    notifications,
    history,
    members,
    admins,
    confirm,
    assign,
    change,
    rotation,
    older_copy,
    pending,
    refresh,
    edit,
    create,
    link,
    sync,
    destinations,
    connections,
    webhooks,
    settings,
    archive,
    doctor,
    access,
    imported,
    matching,
    people,
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
