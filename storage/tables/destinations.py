"""External accounts, destinations, and the journal that makes writing to them safe."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from oncall.systems import PAGERDUTY
from storage.columns import AT_ONCE, Base, where

DESTINATION_FK = "destination.id"
CONNECTION_FK = "connection.id"

ID, PERSON = 512, 320
"""The most characters of an id that an external system gives: of a schedule or an item, which may be a path on a
calendar server, and of a person, which may be an e-mail address."""


class Connection(Base):
    """One external account. ``secret`` is ciphertext; ``state`` is ``ok``, or ``error`` with a reason.

    With ``create_users``, people whom the account doesn't know are added to it, with ``user_role`` and in the name of
    ``from_email``. ``admins_told`` says that its admins know that they are; a removed connection keeps its row, since
    the ledger refers to it, but not its key. ``relist_at`` is when its schedules are listed anew.
    """

    __tablename__ = "connection"
    __table_args__ = (
        UniqueConstraint("workspace_id", "kind", "subdomain"),
        Index(None, "relist_at", **where("removed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    subdomain: Mapped[str] = mapped_column(String(255))
    region: Mapped[str] = mapped_column(String(8))
    secret: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    state_reason: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime]
    create_users: Mapped[bool] = mapped_column(default=False)
    from_email: Mapped[str] = mapped_column(String(320), default="")
    user_role: Mapped[str] = mapped_column(String(32), default="user")
    admins_told: Mapped[bool] = mapped_column(default=True)
    removed_at: Mapped[datetime | None]
    relist_at: Mapped[datetime] = mapped_column(default=AT_ONCE)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(32))


class ConnectionAdmin(Base):
    """Somebody who decides what a connection is used for, beside the admins of the Slack workspace."""

    __tablename__ = "connection_admin"

    connection_id: Mapped[int] = mapped_column(ForeignKey(CONNECTION_FK, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class AccessRequest(Base):
    """Somebody asks a connection's admins to use it for exactly what ``facts`` say.

    ``state``: open → allowed → done or failed; or refused, or lapsed at ``expires_at``. ``schedule_id`` is null for a
    schedule that is to be linked.
    """

    __tablename__ = "access_request"
    __table_args__ = (Index(None, "connection_id", "state"), Index(None, "state"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(ForeignKey(CONNECTION_FK, ondelete="CASCADE"))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(String(32))
    facts: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    settled_by: Mapped[str] = mapped_column(String(32), default="")
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class RequestBudget(Base):
    """What the processes that use one key have taken of its requests lately; ``credential`` is a digest of the key.

    ``taken`` holds ``[when, how many]``. ``routine_from`` and ``urgent_from`` say until when the account wants to be
    left alone by what is not urgent, and by everything.
    """

    __tablename__ = "request_budget"

    credential: Mapped[str] = mapped_column(String(64), primary_key=True)
    per_minute: Mapped[int]
    taken: Mapped[list[Any]] = mapped_column(default=list)
    routine_from: Mapped[datetime | None]
    urgent_from: Mapped[datetime | None]


class ExternalSchedule(Base):
    """A schedule of an external account as last listed; what the schedule picker searches.

    ``escalation_policies`` are those that use it, each as ``{"ep_id": …, "ep_name": …}``.
    """

    __tablename__ = "external_schedule"

    connection_id: Mapped[int] = mapped_column(ForeignKey(CONNECTION_FK, ondelete="CASCADE"), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(ID), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text, default="")
    escalation_policies: Mapped[list[Any]] = mapped_column(default=list)
    seen_at: Mapped[datetime]


class ExternalUser(Base):
    """Who a Slack user is in an external account: found by e-mail once, known by id from then on."""

    __tablename__ = "external_user"
    __table_args__ = (Index(None, "connection_id", "user_id"),)

    connection_id: Mapped[int] = mapped_column(ForeignKey(CONNECTION_FK, ondelete="CASCADE"), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(PERSON), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(255), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    seen_at: Mapped[datetime]


class Destination(Base):
    """One role of one schedule linked to one external schedule.

    ``dirty`` says that something confirmed still has to be looked at. ``fence`` grows each time a worker takes the
    lease; a write that carries an older fence is refused. ``pending_digest`` names what waits for a person,
    ``approved_digest`` what a person agreed to; only where the two agree is anything done. ``reconfigured`` says
    that an admin just changed what is exported, so large changes are meant. A removed destination keeps its row,
    since the ledger refers to it. ``system`` is the kind of its connection. ``made`` says that Baton created the
    external schedule, so it may arrange its layers. ``told_causes`` is why it is in trouble, so far as admins were
    told: each cause with when its first shift begins. ``paused_by`` is the admin who paused it; empty where it was
    linked and waits for its first export, which confirming is a word for, too; one of ``sync.core.model.AWAITED``
    where only a word on what was shown counts, or of ``sync.core.model.COPIED`` where the database is an older
    copy, noticed or said at ``restored_at``.
    """

    __tablename__ = "destination"
    __table_args__ = (
        Index(None, "schedule_id"),
        Index(None, "connection_id", "external_id"),
        Index(None, "refresh_due_at", **where("removed_at IS NULL")),
        Index("ix_destination_dirty", "id", **where("removed_at IS NULL AND dirty > 0")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey(CONNECTION_FK))
    external_id: Mapped[str] = mapped_column(String(ID))
    external_kind: Mapped[str] = mapped_column(String(16))
    external_name: Mapped[str] = mapped_column(String(255))
    external_url: Mapped[str] = mapped_column(Text, default="")
    system: Mapped[str] = mapped_column(String(32), default=PAGERDUTY)
    made: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[str] = mapped_column(String(16))
    paused: Mapped[bool] = mapped_column(default=False)
    paused_by: Mapped[str] = mapped_column(String(64), default="")
    restored_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(16))
    status_reason: Mapped[str] = mapped_column(Text, default="")
    told_causes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dirty: Mapped[int] = mapped_column(default=0)
    pending_digest: Mapped[str] = mapped_column(String(64), default="")
    approved_digest: Mapped[str] = mapped_column(String(64), default="")
    reconfigured: Mapped[bool] = mapped_column(default=False)
    refreshed_at: Mapped[datetime | None]
    refresh_due_at: Mapped[datetime]
    fence: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class OwnedLayer(Base):
    """A layer of an external schedule that Baton made for a destination."""

    __tablename__ = "owned_layer"

    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK, ondelete="CASCADE"), primary_key=True)
    layer_id: Mapped[str] = mapped_column(String(64), primary_key=True)


class Observation(Base):
    """What the last refresh of a destination saw: the cache that Slack views read.

    ``effective`` and ``pinned`` are lists of ``[start, end, [user]]``. ``clean`` says that nothing was left to do, so
    that a look which shows the same needs no more thought; ``fingerprint`` names what the last bulk look showed.
    ``others_layers`` and ``others_overrides`` are who is on call there without the destination's own items, up to
    ``others_until``; None until a look told it.
    """

    __tablename__ = "observation"

    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK, ondelete="CASCADE"), primary_key=True)
    observed_at: Mapped[datetime]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    effective: Mapped[list[Any]]
    pinned: Mapped[list[Any]]
    clean: Mapped[bool]
    others_layers: Mapped[list[Any] | None]
    others_overrides: Mapped[list[Any] | None]
    others_until: Mapped[datetime | None]
    fingerprint: Mapped[str] = mapped_column(String(64), default="")


class BaseSegment(Base):
    """What was last confirmed at the destination: B of the three-way merge. ``user`` is the external id."""

    __tablename__ = "base_segment"

    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK, ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    user: Mapped[str] = mapped_column(String(PERSON))


class RemoteEdit(Base):
    """A stretch that somebody changed at the destination, kept for as long as that can be taken back there.

    ``before`` is the Slack user whose time it was here, ``after`` whom the import gave it to, None for nobody. With
    ``beyond`` it was changed beyond the horizon, so nothing was imported.
    """

    __tablename__ = "remote_edit"

    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK, ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    beyond: Mapped[bool] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    before: Mapped[str | None] = mapped_column(String(32))
    after: Mapped[str | None] = mapped_column(String(32))
    imported_at: Mapped[datetime]


class LedgerItem(Base):
    """A remote item that Baton created or adopted. Rows stay after removal: recognising our own needs them.

    ``taken_back`` says that we removed it ourselves and that both sides have not agreed on its time since;
    ``taken_out`` the same of somebody else, where the last look before had shown its person there.

    ``on_line`` and ``overridden`` say whose place it takes on what, where items name that.
    """

    __tablename__ = "ledger_item"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_schedule_id", "remote_id"),
        Index(None, "destination_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(CONNECTION_FK))
    external_schedule_id: Mapped[str] = mapped_column(String(ID))
    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK))
    remote_id: Mapped[str] = mapped_column(String(ID))
    user: Mapped[str] = mapped_column(String(PERSON))
    on_line: Mapped[str] = mapped_column(String(ID), default="")
    overridden: Mapped[str] = mapped_column(String(PERSON), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    adopted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    taken_back: Mapped[bool] = mapped_column(default=False)
    taken_out: Mapped[bool] = mapped_column(default=False)


class Op(Base):
    """One intended call to a destination, written before the call is made.

    ``state`` is an :class:`OpState`. ``called_at`` is when the call began, ``settled_at`` when its outcome was known,
    ``shown_at`` when a look at the destination first showed its effect.
    ``beside`` are the items of others that lay there when it was planned, None where nobody noted that; ``covers`` the
    facts of those that it hides without removing them.
    """

    __tablename__ = "op"
    __table_args__ = (Index(None, "destination_id", "state"), Index(None, "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK))
    plan: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    action: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(PERSON))
    on_line: Mapped[str] = mapped_column(String(ID), default="")
    overridden: Mapped[str] = mapped_column(String(PERSON), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    remote_id: Mapped[str | None] = mapped_column(String(ID))
    recognised: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Text, default="")
    fence: Mapped[int]
    created_at: Mapped[datetime]
    called_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    beside: Mapped[list[Any] | None]
    covers: Mapped[list[Any] | None]


class Progress(Base):
    """A long export or import that people are shown the progress of, from when it begins until its end was shown.

    ``what`` is ``export`` or ``import``; how much of ``total`` is done is counted in the operations since
    ``started_at``. ``hitch`` is why it is held up just now. ``outcome`` is what came of it at ``ended_at``. ``shown``
    names what the message says; it is not rewritten ``not_before`` (null: at once).
    """

    __tablename__ = "progress"

    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK, ondelete="CASCADE"), primary_key=True)
    what: Mapped[str] = mapped_column(String(16))
    total: Mapped[int]
    started_at: Mapped[datetime]
    hitch: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    ended_at: Mapped[datetime | None]
    shown: Mapped[str] = mapped_column(String(64), default="")
    not_before: Mapped[datetime | None]


class PendingChange(Base):
    """A difference that waits for a person: what Manual Export has not written yet, or what a held plan would do.

    ``changed_by`` names whoever made what it ``undoes``, where the external system says so.
    """

    __tablename__ = "pending_change"

    destination_id: Mapped[int] = mapped_column(ForeignKey(DESTINATION_FK, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    before: Mapped[str] = mapped_column(String(PERSON))
    after: Mapped[str] = mapped_column(String(PERSON))
    undoes: Mapped[bool]
    changed_by: Mapped[str] = mapped_column(Text, default="")
