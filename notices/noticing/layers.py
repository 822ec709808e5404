"""Which layer a role's people come from at an instant: the rotation in force, or an override of it.

=======================================================  ==========
who starts, or nobody                                    layer type
=======================================================  ==========
a shift that a person or an import made                  override
a stretch that was left unassigned on purpose            override
a shift of a rotation, where the rotation has them       layer
a shift of a rotation that has somebody else by now      override
a gap in the rotation, or what nobody confirmed          layer
=======================================================  ==========

What counts is how a shift came about, so it stays an override when the rotation later has the same person. Either way
the layer is named after the rotation that covers the role at that instant, or covered it until then; a role that no
rotation ever filled is called by its own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.rotations import Rotation, backup_coverage, coverage
from oncall.shifts import ShiftSource
from oncall.timeline import NOBODY, Interval, Users
from storage.repositories.duties import Duty

BY_HAND = (ShiftSource.PERSON, ShiftSource.IMPORT)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Layer:
    """``name`` is empty where no rotation fills the role."""

    name: str
    overridden: bool


def layer(rotations: Sequence[Rotation], standing: Iterable[Duty], role_id: int, at: datetime, user: str) -> Layer:
    """Where ``user`` comes from who starts in the role at ``at``; an empty one is nobody.

    ``rotations`` are all that fill the role, in all their versions; ``standing`` are its shifts around ``at``.
    """
    planned = [(rotation, users) for rotation in rotations if (users := _planned(rotation, role_id, at))]
    named = next((rotation for rotation, users in planned if user in users), None)
    named = named or next((rotation for rotation, _ in planned), None) or _until(rotations, role_id, at)
    here = [duty for duty in standing if duty.start <= at < duty.end and (not user or duty.user == user)]
    by_hand = any(duty.source in BY_HAND for duty in here)
    moved_on = bool(user and planned) and all(user not in users for _, users in planned)
    return Layer(named.name if named else "", by_hand or moved_on)


def _until(rotations: Iterable[Rotation], role_id: int, at: datetime) -> Rotation | None:
    """The rotation that covered the role up to ``at``."""
    return next((rotation for rotation in rotations if _planned(rotation, role_id, at - INSTANT)), None)


def _planned(rotation: Rotation, role_id: int, at: datetime) -> Users:
    """Whom the pattern has in the role at ``at``."""
    pattern = coverage if rotation.role_id == role_id else backup_coverage
    return pattern(rotation, Interval(at, at + INSTANT)).at(at) if role_id in rotation.roles else NOBODY
