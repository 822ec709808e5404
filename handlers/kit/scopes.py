"""What the app asks of a workspace: the manifest is held against this, and OAuth asks for it.

Optional scopes are asked for by those who use what needs them: in the manifest they are optional, and OAuth asks for
them on the page that the form *Presence* links to.
"""

from __future__ import annotations

BOT_SCOPES: dict[str, str] = {
    "app_mentions:read": "to answer where somebody writes @Baton in a channel",
    "commands": "to be reached by /oncall",
    "channels:read": "to say when the notice channel that somebody chooses is archived",
    "chat:write": "to tell notices in channels that Baton was invited to, and by direct message",
    "chat:write.public": "to tell notices in a schedule's public channel without being invited",
    "files:write": "to post the picture of a schedule's calendar",
    "groups:read": "to say when the private channel that somebody chooses is one that Baton was not invited to",
    "im:write": "to open direct messages",
    "users:read": "to know names, time zones and who administers Slack",
    "users:read.email": "to find people in PagerDuty by their e-mail address",
}

OPTIONAL_SCOPES: dict[str, str] = {
    "channels:write.topic": "to show who is on call in the topic of a public channel",
    "groups:write.topic": "to show who is on call in the topic of a private channel",
    "usergroups:read": "to see who is in the user group that shows who is on call",
    "usergroups:write": "to put exactly those who are on call into a user group",
}

BOT_EVENTS: dict[str, str] = {
    "app_home_opened": "somebody looks at their Home tab",
    "app_mention": "somebody asks who is on call in a channel",
    "team_join": "somebody new can be on call",
    "user_change": "a name, an e-mail address, a time zone or an admin changed",
}
