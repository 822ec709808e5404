"""How much of what is tried at random is tried: all of it in `make soak`, a part of it in the suite."""

from __future__ import annotations

import os

SOAKING = bool(os.environ.get("BATON_SOAK"))
"""Set by `make soak`."""


def examples(count: int) -> int:
    """How many examples of a property: so many in `make soak`, half of them in the suite, which runs often."""
    return count if SOAKING else -(-count // 2)
