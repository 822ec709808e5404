"""Opaque ids in the shapes PagerDuty uses: `P` + 6 for entities, `Q` + 13 for overrides, 26 characters on v3."""

from __future__ import annotations

import random
import string

ENTITY_CHARACTERS = string.ascii_uppercase + string.digits
BASE32_CHARACTERS = string.ascii_uppercase + "234567"


class Ids:
    """A repeatable source of ids; equal seeds give equal worlds."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._used: set[str] = set()

    def entity(self) -> str:
        return self._fresh("P", ENTITY_CHARACTERS, 6)

    def override(self) -> str:
        return self._fresh("Q", ENTITY_CHARACTERS, 13)

    def shift(self) -> str:
        return self._fresh("A", BASE32_CHARACTERS, 25)

    def token(self) -> str:
        return self._fresh("u+", string.ascii_letters + string.digits, 18)

    def _fresh(self, prefix: str, characters: str, length: int) -> str:
        while True:
            made = prefix + "".join(self._random.choices(characters, k=length))
            if made not in self._used:
                self._used.add(made)
                return made
