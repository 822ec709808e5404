"""What only looks, draws a form, or turns a page: anybody may, nothing is changed by it, and each says why.

Whatever Baton answers in Slack is either here or in the proofs of the table in docs/permissions.md; a test sees to it.
"""

from __future__ import annotations

from handlers.home.words import DEEDS

OWN = "draws a form; submitting it is in the table"
TURN = "turns a page, or draws a form anew, with what its reader may see"
LOOK = "anybody of the workspace may look"
STATIC = "searches what everybody knows"

WORDS = {
    "who": LOOK,
    "me": LOOK,
    "history": LOOK,
    "members": LOOK,
    "balance": LOOK,
    "schedules": LOOK,
    "help": LOOK,
    "pending": LOOK,
    "confirm": "shows what waits; who may not confirm it has no button",
    "swap": OWN,
    "take": OWN,
    "cover": OWN,
    "assign": OWN,
    "calendar": "lists what links there are; having one is in the table",
}
BUTTONS = {
    **dict.fromkeys(("who.page_back", "who.page_on", "mine.page_back", "mine.page_on"), TURN),
    **dict.fromkeys(("shifts.page_back", "shifts.page_on", "shifts.whose", "shifts.since"), TURN),
    **dict.fromkeys(("shifts.table", "shifts.list", "shifts.earlier", "shifts.later"), TURN),
    **dict.fromkeys(
        ("why.show", "why.all", "why.page_back", "why.page_on"), "what people wrote is for admins and them"
    ),
    **dict.fromkeys(("balance.page_back", "balance.page_on"), TURN),
    "balance.picture": "posts what anybody of the workspace may look at",
    "shifts.picture": "posts what anybody of the workspace may look at",
    **dict.fromkeys(("history.page_back", "history.page_on", "archived.page_back", "archived.page_on"), TURN),
    **dict.fromkeys(("members.page_back", "members.page_on", "destinations.page_back", "destinations.page_on"), TURN),
    **dict.fromkeys(("doctor.page_back", "doctor.page_on", "connections.page_back", "connections.page_on"), TURN),
    **dict.fromkeys(("schedules.page_back", "schedules.page_on", "pending.page_back", "pending.page_on"), TURN),
    **dict.fromkeys(("confirm.page_back", "confirm.page_on"), TURN),
    **dict.fromkeys(("who.find", "who.own.page_back", "who.own.page_on"), TURN),
    **dict.fromkeys(("webhooks.page_back", "webhooks.page_on"), TURN),
    "assign.fill": OWN,
    "cover.swap": OWN,
    "away.whose": "shows whose times its reader may see; turning a page of them is in the table",
    "away.cover": OWN,
    **dict.fromkeys(("away.holidays", "away.calendars"), "draws what is one's own"),
    "away.country": TURN,
    **dict.fromkeys(("feeds.open", "feeds.find_schedule"), "lists what links there are; having one is in the table"),
    **dict.fromkeys(("mine.do.cover", "mine.do.swap", "mine.do.take"), "does what the word does"),
    **dict.fromkeys(("choose.schedule", "choose.find_schedule"), "goes on with a word, as if it named the schedule"),
    **dict.fromkeys(("assign.schedule", "assign.find_schedule"), TURN),
    "shifts.confirm": "shows what waits; who may not confirm it has no button",
    "members.access": TURN,
    "rotation.which": TURN,
    "presence.role": TURN,
    "rotation.shape": TURN,
    **dict.fromkeys(("fair.role", "fair.preset", "fair.who", "fair.add", "fair.remove"), TURN),
    **dict.fromkeys(("fair.to_shifts", "fair.to_rules"), TURN),
    "link.connection": TURN,
    "link.all": TURN,
    "link.people.page_back": TURN,
    **dict.fromkeys(("link.outcome.page_back", "link.outcome.page_on"), TURN),
    "link.rotation": "draws the form of a rotation, filled in; saving is in the table",
    "sync.way": TURN,
    "sync.connection": TURN,
    "destinations.connection": TURN,
    **dict.fromkeys(("home.page_back", "home.page_on"), TURN),
    **{f"home.do.{word}": "does what the word does" for word in DEEDS},
    "home.cover": OWN,
    "home.schedule": "lists what the words do, each of which asks who it is",
    "matching.connection": TURN,
}
FORMS = {
    "feeds.link": "closes a link that was shown",
    "link.match": "the second half of linking; who goes on with it is asked again when it is stored",
}
SEARCHES = {
    **dict.fromkeys(("swap.find_mine", "swap.find_theirs", "take.find_shift", "cover.find_shift"), LOOK),
    "cover.find_mine": LOOK,
    **dict.fromkeys(("change.find_shift", "change.find_member", "assign.find_member"), LOOK),
    **dict.fromkeys(("members.find", "members.find_heir", "matching.find_member"), LOOK),
    **dict.fromkeys(("away.country", "away.subdivision"), STATIC),
    **dict.fromkeys(("assign.find_schedule", "choose.find_schedule", "who.find", "feeds.find_schedule"), LOOK),
    "presence.find_group": "anybody of the workspace may look: Slack shows its user groups to everybody",
    **dict.fromkeys(("rotation.zone", "fair.zone", "edit.time_zone", "create.time_zone"), STATIC),
}
SHORTCUTS = {"who.open": LOOK, "who.ask": LOOK}
EVENTS = {
    "app_home_opened": "draws the Home tab with what its reader may see",
    "app_mention": LOOK,
    "team_join": "Slack's own word about people",
    "user_change": "Slack's own word about people",
}
