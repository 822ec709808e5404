"""What Baton keeps of Slack's user objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.people.directory import Home, SlackUser

SLACKBOT = "USLACKBOT"
"""Slack's own user, which Slack does not call a bot."""


def slack_user(user: Mapping[str, Any], home: Home) -> SlackUser:
    """What Baton keeps of Slack's user object; ``home`` is the workspace that it was read in."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    return SlackUser(
        user_id=user["id"],
        name=profile.get("display_name") or user.get("name") or "",
        real_name=profile.get("real_name") or user.get("real_name") or "",
        email=profile.get("email") or "",
        time_zone=user.get("tz") or "UTC",
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_bot=bool(user.get("is_bot")) or user["id"] == SLACKBOT,
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")) or not _at_home(user, home),
        deleted=bool(user.get("deleted")),
    )


def _at_home(user: Mapping[str, Any], home: Home) -> bool:
    """Whether somebody belongs to this workspace, or to its organisation where Baton serves all of that.

    In shared channels Slack shows people of other companies, too, often without calling them strangers.
    """
    team, organisation = user.get("team_id") or "", user.get("enterprise_user") or {}
    if not team or team == home.team_id or home.team_id in (organisation.get("teams") or ()):
        return True
    return bool(home.enterprise_id) and organisation.get("enterprise_id") == home.enterprise_id
