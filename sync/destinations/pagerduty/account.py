"""The account behind a key: whose it is, which schedules it shows, who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from oncall.timeline import Timeline
from sync.core.layers import EMPTY, Layer
from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.layer_shapes import as_it_is, asked, read_layer
from sync.destinations.pagerduty.listing import PAGE, Listing
from sync.destinations.pagerduty.reading import Json, an_object, objects, reading
from sync.destinations.pagerduty.zones import iana
from sync.ports import (
    LAYERED,
    SHIFTED,
    CredentialRefused,
    KindChanged,
    NewSchedule,
    NewUser,
    OutcomeUnknown,
    Policy,
    Refused,
    RemoteSchedule,
    RemoteUser,
    ScheduleGone,
)

MADE_BY = "Kept in step with Slack by Baton."
PREVIEW: Json = {"schedule": {"type": "schedule", "time_zone": "Etc/UTC", "schedule_layers": []}}


class PagerDutyAccount:
    """Implements :class:`sync.ports.Editor`."""

    def __init__(self, client: PagerDutyClient) -> None:
        self.client = client

    async def check(self) -> str:
        await self.client.get("/abilities")
        await self._prove_writing()
        answer = await self.client.get("/users", limit="1")
        with reading():
            users = objects(an_object(answer)["users"])
            return _subdomain(str(users[0].get("html_url") or "")) if users else ""

    async def _prove_writing(self) -> None:
        """A preview is a write that keeps nothing: whoever may only read is refused it, and nobody else."""
        try:
            await self.client.post("/schedules/preview", PREVIEW)
        except CredentialRefused as refused:
            raise CredentialRefused(
                "This PagerDuty key may only read. Create one without “Read-only API Key” checked, and enter that."
            ) from refused
        except Refused:
            return

    async def kinds(self) -> Sequence[str]:
        try:
            await self.client.get("/v3/schedules", limit="1")
        except Refused:
            return (LAYERED,)
        return SHIFTED, LAYERED

    async def create_schedule(self, new: NewSchedule) -> RemoteSchedule:
        body: Json = {"name": new.name, "time_zone": zone_to_write(new.time_zone), "description": MADE_BY}
        if new.kind == SHIFTED:
            return schedule(_one(await self.client.post("/v3/schedules", {"schedule": body})), SHIFTED)
        layers = [asked(layer) for layer in new.layers] or [asked(_ended(new.somebody, self.client.now()))]
        answer = await self.client.post(
            "/schedules", {"schedule": {"type": "schedule", **body, "schedule_layers": layers}}
        )
        return schedule(_one(answer), LAYERED)

    async def rename_schedule(self, schedule: RemoteSchedule, name: str) -> None:
        path = address(schedule)
        answer = await self.client.get(path)
        with reading():
            shape = an_object(answer["schedule"])
            body: Json = {"name": name, "time_zone": zone_to_write(str(shape["time_zone"]))}
            if schedule.kind == LAYERED:
                body = {**as_it_is(shape), "name": name, "schedule_layers": _layers_to_keep(shape, self.client.now())}
        await self.client.put(path, {"schedule": body})

    async def delete_schedule(self, schedule: RemoteSchedule) -> None:
        try:
            await self.client.delete(address(schedule))
        except ScheduleGone:
            return

    async def create_user(self, new: NewUser) -> RemoteUser:
        person = {"type": "user", "name": new.name, "email": new.email, "role": new.role}
        if new.time_zone:
            person["time_zone"] = zone_to_write(new.time_zone)
        try:
            answer = await self.client.post("/users", {"user": person}, author=new.author)
        except (Refused, CredentialRefused) as refused:
            if new.time_zone and "time zone" in str(refused).lower():  # PagerDuty has fewer of them than Slack
                return await self.create_user(replace(new, time_zone=""))
            raise Refused(cannot_add(new, str(refused))) from refused
        with reading(OutcomeUnknown):
            one = an_object(an_object(answer)["user"])
            return RemoteUser(str(one["id"]), str(one["name"]), str(one.get("email") or new.email).lower())

    async def schedules(self) -> Sequence[RemoteSchedule]:
        layered = [schedule(one, LAYERED) async for one in Listing(self.client, "/schedules", "schedules").everything()]
        return [*layered, *await self._shifted()]

    async def _shifted(self) -> list[RemoteSchedule]:
        """None where the account has no shift-based schedules at all, which shows as an unknown address."""
        try:
            listing = Listing(self.client, "/v3/schedules", "schedules")
            return [schedule(one, SHIFTED) async for one in listing.everything()]
        except Refused:
            return []

    async def schedule(self, external_id: str) -> RemoteSchedule:
        """An upgraded schedule keeps its id, so the newer kind is tried first."""
        place = quote(external_id, safe="")
        try:
            return schedule(_one(await self.client.get(f"/v3/schedules/{place}")), SHIFTED)
        except KindChanged:
            return schedule(_one(await self.client.get(f"/schedules/{place}")), LAYERED)

    async def find_user(self, email: str) -> RemoteUser | None:
        """PagerDuty finds parts of names and addresses alike, so the exact address is picked out here."""
        async for one in Listing(self.client, "/users", "users", {"query": email}).these({}):
            with reading():
                found = _person(one)
            if found.email.casefold() == email.casefold():
                return found
        return None

    async def get_user(self, user_id: str) -> RemoteUser | None:
        return await self._user(user_id)

    async def search_users(self, text: str) -> Sequence[RemoteUser]:
        answer = await self.client.get("/users", limit=str(PAGE), **({"query": text} if text else {}))
        with reading():
            return [_person(one) for one in objects(an_object(answer)["users"])]

    async def owner(self) -> RemoteUser | None:
        return await self._user("me")

    async def _user(self, name: str) -> RemoteUser | None:
        try:
            answer = await self.client.get(f"/users/{quote(name, safe='')}")
        except Refused:
            return None
        with reading():
            return _person(an_object(an_object(answer)["user"]))


def cannot_add(new: NewUser, words: str) -> str:
    """Why a person could not be added, and what an admin can do about it."""
    advice = next((advice for part, advice in ADVICE if part in words.lower()), "")
    return f"PagerDuty did not add {new.name} ({new.email}): {advice.format(new=new) or words}"


ADVICE = (
    ("license", "no licence is left for the role “{new.role}”. Free or buy one, or choose another role."),
    ("already been taken", "somebody has this address already, perhaps a deactivated user. Ask PagerDuty's support."),
    ("from header", "“{new.author}” is nobody in the account. Change in whose name Baton adds people."),
    ("may only read", "the key may only read. Enter a key with full access in /oncall connections."),
    ("abilit", "the PagerDuty plan does not allow it. Add the person there by hand."),
    ("role is invalid", "the role “{new.role}” does not exist in this account. Choose another role."),
)


def address(schedule: RemoteSchedule) -> str:
    return f"{'/v3' if schedule.kind == SHIFTED else ''}/schedules/{quote(schedule.id, safe='')}"


def zone_to_write(name: str) -> str:
    """What reads back as UTC may not be written as such."""
    return "Etc/UTC" if name == "UTC" else name


def _layers_to_keep(shape: Json, now: datetime) -> list[Json]:
    """Those in effect, as they are and in the order in which they are written."""
    layers = (read_layer(one, Timeline()) for one in reversed(objects(shape["schedule_layers"])))
    return [asked(layer) for layer in layers if layer.in_effect(now)]


def _ended(somebody: str, now: datetime) -> Layer:
    """A layer that is over at once: PagerDuty has no schedule without layers and no layer without people."""
    moment = now.replace(second=0, microsecond=0)
    return Layer(EMPTY, moment, moment, moment, 86_400, (somebody,))


def _policies(shape: Json) -> tuple[Policy, ...] | None:
    if "escalation_policies" not in shape:
        return None
    return tuple(
        Policy(str(one["id"]), str(one.get("name") or one.get("summary") or one["id"]))
        for one in objects(shape["escalation_policies"])
    )


def _one(answer: Any) -> Json:
    with reading():
        return an_object(an_object(answer)["schedule"])


def schedule(shape: Json, kind: str) -> RemoteSchedule:
    """A schedule from PagerDuty's shape of it."""
    with reading():
        return RemoteSchedule(
            id=str(shape["id"]),
            name=str(shape.get("name") or shape["summary"]),
            kind=kind,
            url=str(shape.get("html_url") or ""),
            time_zone=iana(str(shape.get("time_zone") or "UTC")),
            policies=_policies(shape),
        )


def _person(shape: Json) -> RemoteUser:
    return RemoteUser(str(shape["id"]), str(shape.get("name") or shape["id"]), str(shape.get("email") or "").lower())


def _subdomain(url: str) -> str:
    """``acme`` of https://acme.pagerduty.com/… and of https://acme.eu.pagerduty.com/…"""
    return (urlsplit(url).hostname or "").partition(".")[0]
