"""Asking a connection's admins for its use, and what comes of it.

::

    asked ──► open ──Allow──► allowed ──► done        exactly what was asked for, once
                │                 └─────► failed      it said no, or something changed meanwhile
                ├─────Refuse──► refused
                └─ a week ────► lapsed

Before **Allow** nothing is read from the external system and nothing written: the schedule there is named by whoever
asks, and looked for afterwards. What was allowed is done by a job, on behalf of who asked and with their rights as
they are then; a process that dies in between finds it again. Linking needs answers, so who asked goes on with it
themself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.texts import access as texts
from notices.texts.marks import Message
from notices.texts.shapes import post
from oncall.names import clean, is_visible
from oncall.systems import CALDAV, PAGERDUTY, SYSTEMS, system
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import (
    connection_admins,
    may_use,
    refuse_outsiders,
    require_connection_admin,
)
from services.kit.wording import escape, when
from storage.again import run_again
from storage.notices import NoticeKind
from storage.outgoing import NewItem
from storage.repositories.access import AccessState
from storage.tables import AccessRequest, Connection
from storage.unit import Unit

LIFE = timedelta(days=7)
MOST_CARDS = 20
MOST_OPEN = 10
LONGEST_TYPED = 300
ADDRESS = re.compile(r"(?:https?://)?([a-z0-9-]+)(?:\.eu)?\.pagerduty\.com(?:/(?:schedules[^/#]*[/#])?(\w+)?)?", re.I)


class Kind(StrEnum):
    """What a connection can be used for."""

    DESTINATION = "destination"
    UPDATE = "update"
    SYNC = "sync"
    MERGE = "merge"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Use:
    """Exactly what somebody wants to do with a connection; whatever differs is another use.

    ``external`` is the external schedule: its id, or the name that it is to have.
    """

    kind: Kind
    schedule_id: int | None
    external: str
    role_id: int | None = None
    mode: str = ""
    other: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def key(self) -> dict[str, Any]:
        """As it is kept in a request."""
        return {
            "kind": self.kind.value,
            "schedule_id": self.schedule_id,
            "external": self.external,
            "role_id": self.role_id,
            "mode": self.mode,
            "other": dict(self.other),
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """A use that is asked for, and how a person reads it; ``named`` is what was typed for the external schedule."""

    use: Use
    named: str
    schedule: str = ""
    role: str = ""
    shifts: int = 0
    users: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is on its way to these admins; ``again`` says that it was made before."""

    id: int
    admins: tuple[str, ...]
    again: bool = False


async def require_use(tx: Unit, actor: Actor, connection: Connection, use: Use, now: datetime, *, spend: bool) -> None:
    """Raises NotAllowed unless the actor decides about the connection or was allowed exactly this use.

    ``spend`` takes the allowance up: it is good once.
    """
    refuse_outsiders(actor)
    if await may_use(tx, actor, connection):
        return
    request = await tx.access.get(actor.grant) if actor.grant else None
    if request is None or not _is_for(request, actor, connection, use, now):
        await require_connection_admin(tx, actor, connection)
        return
    if spend and not await close(tx, request, now):
        raise NotAllowed("What you were allowed to do was done already.")


def _is_for(request: AccessRequest, actor: Actor, connection: Connection, use: Use, now: datetime) -> bool:
    return (
        (request.state, request.asked_by) == (AccessState.ALLOWED, actor.user_id)
        and (request.workspace_id, request.connection_id) == (actor.workspace_id, connection.id)
        and request.expires_at > now
        and request.facts["use"] == use.key()
    )


async def spend(tx: Unit, actor: Actor, now: datetime) -> None:
    """Take up what the actor was allowed, at the end of what took several steps."""
    request = await tx.access.get(actor.grant) if actor.grant else None
    if request is not None:
        await close(tx, request, now)


async def close(tx: Unit, request: AccessRequest, now: datetime) -> bool:
    """What was allowed is done; who asked hears of it in the same transaction. False when it was before."""
    if not await tx.access.move(request, AccessState.ALLOWED, AccessState.DONE, now):
        return False
    if request.kind != Kind.LINK:
        await answer(tx, request, texts.done(facts_of(request), request.settled_by), now)
    return True


async def named_connection(
    tx: Unit, actor: Actor, typed: str, field_name: str, kinds: Collection[str] = (PAGERDUTY,)
) -> tuple[Connection, str]:
    """The connection of one of the ``kinds`` that somebody means who can't see any, and the schedule in it: by an
    address, or by name or id where there is one connection only. Raises FieldErrors."""
    refuse_outsiders(actor)
    text, words = clean(typed)[:LONGEST_TYPED], _words(kinds)
    if not is_visible(text):
        raise FieldErrors({field_name: f"Type the {words}'s name or id, or paste its address."})
    known = [row for row in await tx.connections.of_workspace(actor.workspace_id) if row.kind in kinds]
    fitting, external = _at_address(known, text)
    if len(fitting) > 1:
        raise FieldErrors(
            {field_name: "Several accounts are connected there. Ask their admins to add the destination."}
        )
    if fitting:
        return fitting[0], external
    if address := ADDRESS.match(text):
        raise FieldErrors({field_name: f"Baton has no connection to the account “{address[1].casefold()}”."})
    if len(known) != 1:
        problem = f"There are several accounts; paste the {words}'s address." if known else NONE_YET[_kind(kinds)]
        raise FieldErrors({field_name: problem})
    return known[0], text


def _at_address(known: Sequence[Connection], text: str) -> tuple[list[Connection], str]:
    """The accounts behind an address, and what it names in them."""
    if address := ADDRESS.match(text):
        account = address[1].casefold()
        return [one for one in known if (one.kind, one.subdomain) == (PAGERDUTY, account)], address[2] or ""
    host, _, path = re.sub(r"^https?://", "", text, flags=re.IGNORECASE).partition("/")
    there = [one for one in known if one.kind == CALDAV and one.subdomain.rpartition(" on ")[2] == host.casefold()]
    return there, f"/{path}"


def _kind(kinds: Collection[str]) -> str:
    return PAGERDUTY if PAGERDUTY in kinds else CALDAV


def _words(kinds: Collection[str]) -> str:
    return " or ".join(SYSTEMS[kind].schedule for kind in SYSTEMS if kind in kinds)


SEVERAL = "Several accounts are connected there. Ask an admin of the right one to add the destination."
NONE_YET = {
    PAGERDUTY: "Baton has no PagerDuty account yet. Add one with /oncall connections.",
    CALDAV: "Baton has no calendar account yet. Add one with /oncall connections.",
}


async def ask(tx: Unit, actor: Actor, connection: Connection, wish: Wish, now: datetime) -> Asked:
    """Send the connection's admins a card. The same wish again is the same request. Raises NotAllowed, Refusal."""
    refuse_outsiders(actor)
    await tx.connections.lock(connection.id)
    admins = (await connection_admins(tx, connection))[:MOST_CARDS]
    if not admins:
        raise Refusal("Nobody administers that connection now. Ask an admin of your Slack workspace.")
    waiting = await tx.access.asked_by(actor.user_id, connection.id, now)
    same = next((row for row in waiting if row.facts["use"] == wish.use.key()), None)
    if same is not None:
        return Asked(same.id, tuple(admins), again=True)
    if len(waiting) >= MOST_OPEN:
        raise Refusal(f"You have {len(waiting)} open requests already. Wait for an answer to those.")
    request = await tx.access.add(_row(actor, connection, wish, now))
    facts = facts_of(request)
    await tx.outbox.put(_item(request, f"card:{request.id}", admin, texts.card(facts), now) for admin in admins)
    summary = f"asked for the use of the {system(connection.kind).connection} {escape(connection.subdomain)}"
    note(tx, actor, now, "access.asked", summary, schedule_id=wish.use.schedule_id, request=request.id)
    return Asked(request.id, tuple(admins))


def _row(actor: Actor, connection: Connection, wish: Wish, now: datetime) -> AccessRequest:
    shown = {
        "system": connection.kind,
        "account": connection.subdomain,
        "external": wish.named,
        "schedule": wish.schedule,
        "role": wish.role,
        "shifts": wish.shifts,
        "users": list(wish.users),
    }
    return AccessRequest(
        workspace_id=actor.workspace_id,
        connection_id=connection.id,
        schedule_id=wish.use.schedule_id,
        kind=wish.use.kind,
        asked_by=actor.user_id,
        facts={"use": wish.use.key(), "shown": shown},
        state=AccessState.OPEN,
        created_at=now,
        expires_at=now + LIFE,
    )


def facts_of(request: AccessRequest) -> dict[str, Any]:
    """A request as :mod:`notices.texts.access` words it."""
    return {
        **request.facts["shown"],
        "request_id": request.id,
        "kind": request.kind,
        "mode": request.facts["use"]["mode"],
        "asked_by": request.asked_by,
        "asked": request.created_at.isoformat(),
        "expires": request.expires_at.isoformat(),
    }


@run_again
async def allow(house: House, actor: Actor, request_id: int) -> str:
    """Say yes: a job does what was asked for. Raises NotAllowed, NotFound, or Refusal when it was answered already."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request = await _answered(tx, actor, request_id, AccessState.ALLOWED, now)
        request.expires_at = now + LIFE
        outcome = f":white_check_mark: {actor.mention} allowed this."
        await _rewrite_cards(tx, request, outcome, now)
        _noted(tx, actor, request, "allowed", now)
        tx.defer("access", request_id)
    return outcome


@run_again
async def refuse(house: House, actor: Actor, request_id: int) -> str:
    """Say no; who asked hears of it. Raises as :func:`allow`."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        request = await _answered(tx, actor, request_id, AccessState.REFUSED, now)
        outcome = f":no_entry: {actor.mention} refused this."
        await _rewrite_cards(tx, request, outcome, now)
        await answer(tx, request, texts.refused(facts_of(request), actor.user_id), now)
        _noted(tx, actor, request, "refused", now)
    return outcome


async def _answered(tx: Unit, actor: Actor, request_id: int, state: AccessState, now: datetime) -> AccessRequest:
    refuse_outsiders(actor)
    request = await tx.access.get(request_id)
    if request is None or request.workspace_id != actor.workspace_id:
        raise NotFound("That request does not exist any more.")
    connection = await tx.connections.get(request.connection_id)
    if connection is None:
        raise NotFound("That connection was removed meanwhile.")
    await require_connection_admin(tx, actor, connection)
    _refuse_settled(request, now)
    if not await tx.access.move(request, AccessState.OPEN, state, now, actor.user_id):
        _refuse_settled(request, now)
        raise Refusal("That request was answered already.")
    return request


def _refuse_settled(request: AccessRequest, now: datetime) -> None:
    if request.state == AccessState.LAPSED or (request.state == AccessState.OPEN and request.expires_at <= now):
        raise Refusal("That request has lapsed. Nothing was done.")
    if request.state == AccessState.REFUSED:
        raise Refusal(f"<@{request.settled_by}> refused this already.")
    if request.state != AccessState.OPEN:
        raise Refusal(f"<@{request.settled_by}> allowed this already.")


@run_again
async def lapse(house: House) -> int:
    """Close what nobody has answered in time, and tell who asked; returns how many."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        waiting = [row for row in await tx.access.in_state(AccessState.OPEN) if row.expires_at <= now]
        for request in waiting:
            if await tx.access.move(request, AccessState.OPEN, AccessState.LAPSED, now):
                await _rewrite_cards(tx, request, "This request has lapsed.", now)
                await answer(tx, request, texts.lapsed(facts_of(request)), now)
        for request in await tx.access.in_state(AccessState.ALLOWED):
            if request.expires_at <= now:
                await tx.access.move(request, AccessState.ALLOWED, AccessState.LAPSED, now)
    return len(waiting)


async def answer(tx: Unit, request: AccessRequest, message: Message, now: datetime) -> None:
    """Tell who asked."""
    key = f"answer:{request.id}:{request.state}"
    await tx.outbox.put([_item(request, key, request.asked_by, message, now)])


async def _rewrite_cards(tx: Unit, request: AccessRequest, outcome: str, now: datetime) -> None:
    """Whoever else got the card sees that it was answered; one that has not gone out yet is not sent any more."""
    asked = f"card:{request.id}>{Method.SLACK}:"
    await tx.outbox.withhold(asked, now)
    shown = post(texts.settled_card(facts_of(request), outcome))
    copies = [card for card in await tx.outbox.beginning_with(asked) if card.receipt or card.state == "sending"]
    await tx.outbox.put(
        item(
            request.workspace_id,
            NoticeKind.ACCESS,
            f"settled:{request.id}",
            Method.SLACK,
            card.target,
            {"schedule_id": request.schedule_id or 0, "rewrites": card.id, **shown},
            now,
        )
        for card in copies
    )


def _item(request: AccessRequest, key: str, target: str, message: Message, now: datetime) -> NewItem:
    payload = {"schedule_id": request.schedule_id or 0, **post(message)}
    return item(request.workspace_id, NoticeKind.ACCESS, key, Method.SLACK, target, payload, now)


def _noted(tx: Unit, actor: Actor, request: AccessRequest, what: str, now: datetime) -> None:
    shown = request.facts["shown"]
    connection = system(shown.get("system", "")).connection
    summary = f"{what} <@{request.asked_by}>'s use of the {connection} {escape(shown['account'])}"
    note(tx, actor, now, f"access.{what}", summary, schedule_id=request.schedule_id, request=request.id)


async def granted(house: House, actor: Actor, request_id: int) -> AccessRequest:
    """What the actor was allowed and has not done yet. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        request = await tx.access.get(request_id)
    mine = request is not None and (request.workspace_id, request.asked_by) == (actor.workspace_id, actor.user_id)
    if request is None or not mine or request.state != AccessState.ALLOWED or request.expires_at <= now:
        raise NotFound("You have used this already, or it has lapsed. Ask again if you still need it.")
    return request


def sent(asked: Asked) -> str:
    """What somebody reads who has asked."""
    who = ", ".join(f"<@{user}>" for user in asked.admins[:5])
    more = f" and {len(asked.admins) - 5} more" if len(asked.admins) > 5 else ""
    if asked.again:
        return f":hourglass_flowing_sand: You asked for this already. {who}{more} can allow it."
    return (
        f":incoming_envelope: Asked {who}{more}, who decide what this connection is used for. You hear as soon as "
        "one of them answers; nothing is read from or written there before."
    )


def until(request: AccessRequest) -> str:
    return when(request.expires_at)
