"""What was read of PagerDuty and waits for people to be matched, or is looked through, whichever process comes by it.

It is kept for a day, sealed, as JSON. What another release has written may have another form; then it is read again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache

from pydantic import TypeAdapter, ValidationError

from handlers.kit.asker import Ask
from services.kit import carried
from services.kit.errors import NotFound
from services.pagerduty.linking import Found, Linked


@dataclass(slots=True)
class Reading:
    """What was read, who was chosen so far by external id, and what became of it."""

    found: Found
    answers: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    linked: Linked | None = None


async def keep(ask: Ask, reading: Reading, token: str = "") -> str:
    """Keep it for this person, in the place of what ``token`` names; returns the token."""
    token = token or secrets.token_urlsafe(12)
    await carried.leave(ask.house, _key(ask, token), _form().dump_json(reading).decode())
    return token


async def get(ask: Ask, token: str) -> Reading:
    """Raises NotFound after a day, and for anybody else."""
    found = await _find(ask, token)
    if found is None:
        raise NotFound("What was read of PagerDuty is not known any more. Run `/oncall link` again.")
    return found


async def outcome(ask: Ask, token: str) -> Linked:
    """Raises NotFound as above, and as long as nothing was linked."""
    found = await _find(ask, token)
    if found is None or found.linked is None:
        raise NotFound("What was read of PagerDuty is not known any more. `/oncall rotation` makes rotations.")
    return found.linked


async def _find(ask: Ask, token: str) -> Reading | None:
    _row, text = await carried.found(ask.house, _key(ask, token))
    try:
        return _form().validate_json(text) if text else None
    except ValidationError:
        return None


def _key(ask: Ask, token: str) -> str:
    return carried.key_of("reading", ask.actor.workspace_id, ask.actor.user_id, token)


@cache
def _form() -> TypeAdapter[Reading]:
    return TypeAdapter(Reading)
