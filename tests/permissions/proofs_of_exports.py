"""Asking for what concerns destinations, connections, webhooks and requests."""

from __future__ import annotations

from itertools import count

from handlers.kit.metadata import Metadata
from tests.permissions.asking import Submitted, Way, option, text, user, users
from tests.permissions.proof import SCHEDULE, Fields, Proof, Proofs, nothing, pressed, sought, submitted, typed
from tests.permissions.town import Things, Town
from tests.support.calendar_servers import PASSWORD, USER

NUMBER = count(1)


def destination_fields(t: Things, mode: str) -> Fields:
    return {
        "connection_id": option(t.connection),
        "external_id": option(t.free_external),
        "external": text(f"https://acme.pagerduty.com/schedules#{t.free_external}"),
        "role_id": option(t.other_role),
        "mode": option(mode),
    }


def link_fields(t: Things) -> Fields:
    return {
        "connection_id": option(t.connection),
        "external_id": option(t.free_external),
        "external": text(f"https://acme.pagerduty.com/schedules#{t.free_external}"),
        "team": text("Platform"),
        "role": text("Primary"),
    }


def sync_fields(t: Things, connection: object) -> Fields:
    chosen = {"connection_id": option(connection)} if connection else {"subdomain": text("acme")}
    return {"name": text(f"Name {next(NUMBER)}"), "region": option("us"), **chosen}


def key_fields(subdomain: str, key: str) -> Fields:
    return {"subdomain": text(subdomain), "key": text(key), "region": option("us")}


def calendar_fields(town: Town, spelled: str = "127.0.0.1") -> Fields:
    """The account that is connected already; its address spelled in another way is another account."""
    server = town.calendars.url.replace("127.0.0.1", spelled)
    return {"server": text(server), "user": text(USER), "password": text(PASSWORD)}


def first_export(_town: Town, t: Things) -> Way:
    """What was shown before a first export, agreed to."""
    return Submitted("first_export.view", {}, Metadata(schedule_id=t.schedule, token=f"{t.destination}:"))


SYNCED = {"schedule_id": "others.synced"}
MATCHED = {"schedule_id": "schedule", "connection_id": "connection", "user_id": "assignable"}

OF_EXPORTS: Proofs = {
    "add a destination": {
        "button": Proof(pressed("destinations.add", **SCHEDULE), 'Add destination"', asking="Ask for a destination"),
        "form": Proof(
            submitted("destinations.add_view", lambda _, t: destination_fields(t, "authoritative")),
            "+destination.added",
            submitted("destinations.ask_view", lambda _, t: destination_fields(t, "authoritative")),
        ),
    },
    "look at a destination's form": {
        "button": Proof(pressed("destinations.edit", "{t.destination}", **SCHEDULE), "Update destination"),
    },
    "change a destination": {
        "form": Proof(
            submitted("destinations.edit_view", lambda _, t: destination_fields(t, "bidirectional")),
            "+destination.updated",
        ),
    },
    "pause or resume a destination": {
        "button": (
            Proof(pressed("destinations.pause", "{t.destination}", **SCHEDULE), "+destination.paused"),
            Proof(pressed("destinations.resume", "{t.others.paused}", **SCHEDULE), "+destination.resumed"),
            Proof(pressed("copy.leave", "{t.destination}"), "has chosen for this one already"),
        )
    },
    "look at what a first export writes": {
        "button": (
            Proof(pressed("access.first_export", "{t.others.done}"), "First export"),
            Proof(pressed("destination.first_export", "{t.destination}"), "Export"),
        ),
    },
    "refresh": {
        "command": Proof(typed("refresh payments"), "Refreshing", names_things=False),
        "button": Proof(pressed("destinations.refresh", "{t.destination}", **SCHEDULE), "Refreshed: "),
    },
    "export": {
        "command": Proof(typed("export payments"), "+destination.export", names_things=False),
        "button": (
            Proof(pressed("destinations.export", "{t.destination}:", **SCHEDULE), "+destination.export"),
            Proof(pressed("pending.export", "{t.destination}:", **SCHEDULE), "+destination.export"),
            Proof(pressed("destination.export_anyway", "{t.destination}:"), "+destination.export"),
            Proof(pressed("copy.export", "{t.destination}:"), "has chosen for this one already"),
            Proof(pressed("copy.take", "{t.destination}"), "has chosen for this one already"),
        ),
        "form": Proof(first_export, "+destination.export"),
    },
    "remove a destination": {
        "button": Proof(pressed("destinations.remove", "{t.destination}", **SCHEDULE), "+destination.removed")
    },
    "start PagerDuty updates": {
        "command": Proof(typed("sync payments"), "connection_id", asking="PagerDuty sync", names_things=False),
        "button": Proof(pressed("sync.start", **SCHEDULE), "connection_id", asking="PagerDuty sync"),
        "form": Proof(
            submitted("sync.set_up", lambda _, t: sync_fields(t, t.connection)),
            "+sync.started",
            submitted("sync.set_up", lambda _, t: sync_fields(t, None)),
        ),
    },
    "merge PagerDuty updates": {
        "form": Proof(
            submitted("sync.merge", lambda _, t: {"other": option(t.others.synced_destination)}), "+sync.merged"
        )
    },
    "change PagerDuty updates": {
        "button": Proof(pressed("sync.change", **SYNCED), "Schedule name"),
        "form": Proof(
            submitted("sync.changed", lambda _, t: {"name": text(f"Name {next(NUMBER)}")}, **SYNCED), "+sync.renamed"
        ),
    },
    "stop PagerDuty updates": {
        "button": Proof(pressed("sync.stop", **SYNCED), "Baton stops keeping PagerDuty in step"),
        "form": Proof(submitted("sync.stopped", lambda _, t: {"ending": option("leave")}, **SYNCED), "+sync.stopped"),
    },
    "match people": {
        "button": (
            Proof(pressed("matching.of_member", "{t.member}", **SCHEDULE), "Person in PagerDuty"),
            Proof(pressed("matching.of_destination", "{t.destination}"), "Person in PagerDuty"),
            Proof(pressed("member.match", "{t.destination}"), "Person in PagerDuty"),
            Proof(pressed("matching.remove", **MATCHED), "+person.unmatched"),
            Proof(pressed("person.match", "{t.destination}:{t.others.stranger}"), "and nobody in Slack"),
        ),
        "form": (
            Proof(
                submitted("matching.view", lambda _, t: {"external_id": option(t.others.found)}, user_id="member"),
                "+person.matched",
            ),
            Proof(
                submitted(
                    "person.match_view", lambda town, _: {"user_id": user(town.ids["vic"])}, token="others.stranger"
                ),
                "+person.matched",
            ),
        ),
        "search": Proof(
            sought("matching.find", "found", schedule_id="schedule", connection_id="connection"), "found@example.com"
        ),
    },
    "match people of another connection": {
        "form": Proof(
            submitted(
                "matching.view",
                lambda _, t: {"external_id": option(t.others.nina)},
                connection_id="others.unused",
                user_id="member",
            ),
            "+person.matched",
        ),
        "search": Proof(
            sought("matching.find", "nina", schedule_id="schedule", connection_id="others.unused"), "nina@example.com"
        ),
    },
    "link a PagerDuty schedule": {
        "command": Proof(typed("link"), "Linked assignee", asking="decide whether you can take", names_things=False),
        "form": Proof(
            submitted("link", lambda _, t: link_fields(t)),
            "Reading from PagerDuty",
            submitted("link.ask_view", lambda _, t: link_fields(t)),
            forgeable=False,
        ),
    },
    "see a connection": {"command": Proof(typed("connections"), "acme.pagerduty.com", names_things=False)},
    "search PagerDuty's schedules": {
        "search": (
            Proof(sought("destinations.find_external", "Free", connection_id="connection"), "Free one"),
            Proof(sought("link.find_external", "Free", connection_id="connection"), "Free one"),
        )
    },
    "add a connection": {
        "button": Proof(pressed("connections.add_pagerduty"), "PagerDuty API key", names_things=False),
        "form": Proof(
            submitted("connections.pagerduty", lambda town, _: key_fields("third", town.other_key)),
            "+connection.saved",
            names_things=False,
        ),
    },
    "add a calendar account": {
        "button": Proof(pressed("connections.add_calendar"), "App password", names_things=False),
        "form": Proof(
            submitted("connections.calendar", lambda town, _: calendar_fields(town, "127.1")),
            "+connection.saved",
            names_things=False,
        ),
    },
    "change a calendar account's password": {
        "button": Proof(pressed("connections.password", "{t.calendar_account}"), "App password"),
        "form": Proof(
            submitted("connections.calendar", lambda town, _: calendar_fields(town)),
            "+connection.saved",
            names_things=False,
        ),
    },
    "test a connection": {"button": Proof(pressed("connections.test", "{t.connection}"), "the key works")},
    "replace a key": {
        "form": Proof(
            submitted(
                "connections.pagerduty",
                lambda town, _: key_fields("acme", town.baton.key),
            ),
            "+connection.saved",
            names_things=False,
        )
    },
    "name a connection's admins": {
        "button": Proof(pressed("connections.admins", "{t.connection}"), "Connection admins"),
        "form": Proof(
            submitted("connections.admins_view", lambda town, t: {"admins": users(town.ids["otto"])}),
            "+connection.admins",
        ),
    },
    "remove a connection": {
        "button": Proof(pressed("connections.remove", "{t.connection}"), "Remove connection"),
        "form": Proof(submitted("connections.remove_view", nothing), "+connection.removed"),
    },
    "allow or refuse a request": {
        "button": (
            Proof(pressed("access.allow", "{t.request}"), "+access.allowed"),
            Proof(pressed("access.refuse", "{t.request}"), "+access.refused"),
        )
    },
    "go on with what one was allowed": {
        "button": Proof(pressed("access.go_on", "{t.others.allowed}"), "Linked assignee")
    },
    "add a webhook": {
        "button": Proof(pressed("webhooks.add"), "Add webhook", names_things=False),
        "command": Proof(typed("webhooks"), "Add webhook", names_things=False),
        "form": Proof(
            submitted(
                "webhooks.form",
                lambda _, t: {
                    "name": text("Mine"),
                    "url": text("https://93.184.215.14/mine"),
                    "team_ids": {"type": "multi_static_select", "selected_options": [{"value": str(t.team)}]},
                },
            ),
            "+webhook.added",
        ),
    },
    "look after somebody's webhook": {
        "button": (
            Proof(pressed("webhooks.rotate", "{t.webhook}"), "+webhook.rotated"),
            Proof(pressed("webhooks.take", "{t.webhook}"), "+webhook.taken"),
            Proof(pressed("webhook.take", "{t.webhook}"), "+webhook.taken"),
            Proof(pressed("webhooks.remove", "{t.webhook}"), "+webhook.removed"),
            Proof(pressed("webhooks.test", "{t.webhook}"), "A test is on its way"),
            Proof(pressed("webhooks.deliveries", "{t.webhook}"), "Deliveries"),
            Proof(pressed("webhooks.refresh", "{t.webhook}"), "Deliveries"),
            Proof(pressed("webhooks.redeliver", "{t.webhook}:{t.others.delivery}"), "Deliveries"),
        ),
    },
}
