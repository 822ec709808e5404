"""The secret in a feed's link: 32 random bytes, of which the database has the SHA-256, and the sealed text."""

from __future__ import annotations

import hashlib
import re
import secrets

SECRET_BYTES = 32
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def is_shaped(text: str) -> bool:
    """Whether it could be one; whatever else is asked for needs no look into the database."""
    return _SHAPE.fullmatch(text) is not None
