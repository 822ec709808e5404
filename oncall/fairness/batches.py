"""Pieces as problems: four weeks at a time, each with the load that the one before left, and within these the roles
together that have the same members and rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from oncall.fairness.arrangement import Arrangement
from oncall.fairness.history import loads
from oncall.fairness.patterns import Who
from oncall.fairness.pieces import Piece
from oncall.fairness.problem import Duty, Fill, Limits, Member, Problem, Slot, Spacing, Stand, Weights
from oncall.fairness.situation import Situation, both_allow, unsocial
from oncall.shifts import Shift
from oncall.timeline import Interval

BATCH = timedelta(days=28)
NEAR = timedelta(days=60)
"""Shifts that are no further away matter for rest, hours and spacing."""


def batches(found: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces four weeks at a time, those of roles with the same members and rules together."""
    left = sorted(found, key=lambda piece: (piece.start, piece.role_id))
    while left:
        limit = left[0].start + BATCH
        chunk, left = _split(left, limit)
        groups: dict[object, list[Piece]] = {}
        for piece in chunk:
            groups.setdefault(_rules_of(piece.wanted.arrangement), []).append(piece)
        yield from groups.values()


def _split(found: list[Piece], limit: datetime) -> tuple[list[Piece], list[Piece]]:
    """Those before the limit and the rest; few that are left over go with the first."""
    rest = [piece for piece in found if piece.start >= limit]
    if rest and rest[-1].start - rest[0].start < BATCH / 2:
        return found, []
    return [piece for piece in found if piece.start < limit], rest


def _rules_of(version: Arrangement) -> object:
    """What roles have to have in common to be dealt together; when members joined may differ."""
    members = tuple((member.user, member.share) for member in version.members)
    return members, _limits(version), _spacing(version), _weights(version), version.allows_double


def _limits(version: Arrangement) -> Limits:
    return Limits(60 * version.rest_hours, 60 * (version.most_hours or 0), version.in_days)


def _spacing(version: Arrangement) -> Spacing:
    return Spacing(version.apart_days, version.grouped)


def _weights(version: Arrangement) -> Weights:
    return Weights(**{rule.value: weight for rule, weight in version.weights.items()})


def problem_of(situation: Situation, shifts: Sequence[Shift], batch: Sequence[Piece]) -> Problem:
    """One batch as a problem; ``shifts`` are all that stand or were dealt before it."""
    version = batch[0].wanted.arrangement
    roles = {piece.role_id for piece in batch}
    members = tuple(_members(situation, batch))
    span = Interval(batch[0].start - NEAR, max(piece.end for piece in batch) + NEAR)
    users = {member.user for member in members}
    near = [s for s in shifts if s.user in users and s.interval.overlaps(span)]
    return Problem(
        members=members,
        slots=tuple(_slots(situation, shifts, batch)),
        standing=tuple(
            Stand(s.start, s.end, s.user or "", situation.roles[s.role_id]) for s in near if s.role_id in roles
        ),
        duties=(
            *(
                Duty(s.start, s.end, s.user or "", situation.roles.get(s.role_id, ""), elsewhere=False)
                for s in near
                if s.role_id not in roles
            ),
            *(
                Duty(one.start, one.end, one.user, one.where)
                for one in situation.elsewhere
                if one.user in users and one.start < span.end and span.start < one.end and not both_allow(one, version)
            ),
        ),
        wishes=tuple(wish for wish in situation.wishes if wish.user in users and wish.end > batch[0].start),
        loads=loads(situation, shifts, roles, users),
        limits=_limits(version),
        spacing=_spacing(version),
        weights=_weights(version),
    )


def _members(situation: Situation, batch: Sequence[Piece]) -> Iterator[Member]:
    """Those who can be dealt something; who joined the roles at different times joined with the first."""
    found: dict[str, Member] = {}
    for piece in batch:
        for one in piece.wanted.arrangement.members:
            known = found.get(one.user)
            since = (
                one.since if known is None or known.since is None or one.since is None else min(one.since, known.since)
            )
            if one.user not in situation.unfit:
                found[one.user] = Member(one.user, one.share, since, region=one.user)
    yield from (found[user] for user in sorted(found))


def _slots(situation: Situation, shifts: Sequence[Shift], batch: Sequence[Piece]) -> Iterator[Slot]:
    for piece in batch:
        fill, user, follows = _fill(situation, shifts, batch, piece)
        times = unsocial(situation, piece.wanted, piece.start, piece.end)
        yield Slot(
            piece.start,
            piece.end,
            situation.roles[piece.role_id],
            piece.id,
            situation.kind(piece.wanted),
            fill,
            user,
            follows,
            piece.announced,
            times.night,
            times.weekend,
            times.holidays,
        )


def _fill(
    situation: Situation, shifts: Sequence[Shift], batch: Sequence[Piece], piece: Piece
) -> tuple[Fill, str | None, str | None]:
    """Who it is for: whom, and the piece that it follows."""
    pattern = piece.wanted.pattern
    if pattern.who is Who.MEMBER:
        return Fill.MEMBER, pattern.member, None
    if pattern.who is Who.LAST_PRIMARY:
        role = situation.first_role
        dealt = [one for one in batch if one.role_id == role and one.end <= piece.start]
        known = [one for one in shifts if one.role_id == role and one.end <= piece.start and one.user]
        before = max(dealt, key=lambda one: one.end, default=None)
        held = max(known, key=lambda one: one.end, default=None)
        if before and (held is None or held.end < before.end):
            return Fill.FOLLOW, None, before.id
        if held:
            return Fill.MEMBER, held.user, None
    return Fill.BEST, None, None
