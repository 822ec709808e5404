"""Why a user group or a topic can't be kept in step, as sentences that say what to do: for modals, notices and doctors.

A trouble is Slack's own word for it, or one of Baton's: ``nobody`` (nobody is on call and there is no fallback),
``left_out`` (people whom Slack does not take), ``topic_full``, ``disabled``, ``edited`` and ``overwritten``. What
belongs to it, the scope that is missing or people, stands behind a colon.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notices.texts.marks import mention

PLAN = "User groups need one of Slack's paid plans, which this workspace doesn't have. Choose no user group."
LEFT_OUT = (
    "Slack takes no guests, apps or deactivated people into a user group, so Baton left out {people}. Choose somebody "
    "else as fallback or permanent member, or give their shifts to somebody of this workspace."
)
REFUSED_PEOPLE = (
    "Slack refuses one of the people who are on call, so the group stays as it was. Look for guests, apps and "
    "deactivated people in the schedule, and among the permanent members."
)

SENTENCES = {
    "nobody": (
        "Nobody is on call and there is no fallback person. Slack has no empty user groups, so those who were in it "
        "last stay. Assign somebody, or choose a fallback person."
    ),
    "edited": (
        "Somebody else changed it in Slack. As you chose, it stays so until the next handoff, when Baton writes it "
        "anew."
    ),
    "overwritten": "Somebody else had changed it in Slack. At the handoff Baton has written it anew.",
    "topic_full": (
        "The topic has no room for who is on call: Slack allows 250 characters. Shorten it, and Baton adds its part."
    ),
    "too_long": (
        "The topic has no room for who is on call: Slack allows 250 characters. Shorten it, and Baton adds its part."
    ),
    "disabled": "The user group is disabled in Slack. Enable it there, or choose another.",
    "no_such_subteam": "The user group does not exist any more. Choose another.",
    "subteam_max_users_exceeded": "Slack allows no more people in this user group. Take out permanent members.",
    "plan_upgrade_required": PLAN,
    "paid_teams_only": PLAN,
    "permission_denied": (
        "This workspace's settings don't let apps edit user groups. A Slack workspace owner can let everyone edit "
        "them, under Settings &amp; permissions, User groups."
    ),
    "not_allowed": "This workspace's settings don't let Baton change that. Ask a Slack workspace owner.",
    "restricted_action": "This workspace's settings don't let Baton change that. Ask a Slack workspace owner.",
    "is_archived": "The channel is archived. Choose another channel.",
    "not_in_channel": "Baton is not in the channel. Type /invite @Baton there.",
    "channel_not_found": (
        "Slack knows no such channel, or it is private and Baton is not in it. Type /invite @Baton there, or choose "
        "another."
    ),
    "method_not_supported_for_channel_type": "This kind of conversation has no topic. Choose a channel.",
    "invalid_users": REFUSED_PEOPLE,
    "failed_for_some_users": REFUSED_PEOPLE,
    "not_installed": "Baton is not installed in this workspace any more.",
}
WORKSPACE_WIDE = frozenset(
    {
        "missing_scope",
        "plan_upgrade_required",
        "paid_teams_only",
        "permission_denied",
    }
)
"""What is wrong with the workspace and not with one group or channel: it is told once for all of them."""

UNREACHABLE = frozenset(
    {"not_installed", "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
)
"""Nobody in the workspace can be told by Slack; ``baton doctor`` says so."""

LASTING = frozenset({"nobody"})
"""Told once and not each time that it comes back, until somebody changes what was chosen."""


def code_of(trouble: str) -> str:
    return trouble.partition(":")[0]


def about(trouble: str) -> list[str]:
    """Which scopes or people it is about."""
    return [one for one in trouble.partition(":")[2].split(",") if one]


def of(code: str, *about: str) -> str:
    """A trouble as it is stored."""
    return f"{code}:{','.join(about)}" if about else code


def sentence(trouble: str, install_url: str = "", called: Callable[[str], str] = mention) -> str:
    """What is wrong and what to do, in Slack's mrkdwn; ``install_url`` is the page that grants scopes, ``called`` says
    how people are named by their ids."""
    code = code_of(trouble)
    if code == "missing_scope":
        return lacking(about(trouble), install_url)
    if code == "left_out":
        return LEFT_OUT.format(people=", ".join(map(called, about(trouble))))
    return SENTENCES.get(code, f"Slack answers {code}.")


def lacking(scopes: Sequence[str], install_url: str = "") -> str:
    """Which permissions the app has not been given, and how to give them."""
    named = " and ".join(f"`{scope}`" for scope in scopes) or "a permission"
    if install_url:
        return f"Baton has not been given {named}. <{install_url}|Install it again with presence> to grant that."
    return (
        f"Baton has not been given {named}. Add that to the app on api.slack.com/apps, *OAuth &amp; Permissions*, "
        "*Bot Token Scopes*, and press *Reinstall to Workspace*."
    )
