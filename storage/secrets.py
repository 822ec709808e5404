"""Secrets at rest: Fernet with key rotation.

The newest key encrypts, every key decrypts; :meth:`SecretBox.rotate` re-encrypts under the newest one, so a key can be
retired once everything was rotated.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SecretUnreadable(Exception):
    """Stored under a key that is no longer configured."""


class SecretBox:
    """Encrypts and decrypts text with ``keys``, newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("BATON_ENCRYPTION_KEYS holds no key")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ValueError("BATON_ENCRYPTION_KEYS must hold url-safe base64 Fernet keys of 32 bytes") from error

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text; raises SecretUnreadable when no configured key fits."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable("no configured encryption key opens this secret") from error

    def rotate(self, sealed: str) -> str:
        """The same secret under the newest key; raises SecretUnreadable when no configured key fits."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable("no configured encryption key opens this secret") from error


def key_file(path: Path) -> str:
    """The key kept in ``path``; made there, readable by its owner only, when the file is missing."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = Fernet.generate_key().decode()
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
    return key
