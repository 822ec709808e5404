"""What goes first where an external system sets the pace: changes that take effect within a day.

A reconcile marks everything that it does as urgent; whoever talks to the external system asks. It is a context
variable, because everything between the two would only pass it on.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

WITHIN = timedelta(hours=24)

_urgent: ContextVar[bool] = ContextVar("urgent", default=False)


def is_urgent() -> bool:
    return _urgent.get()


@contextmanager
def urgency(urgent: bool) -> Generator[None]:
    """Whatever is asked for inside goes first, or not."""
    token = _urgent.set(urgent)
    try:
        yield
    finally:
        _urgent.reset(token)
