"""The drawing process: a picture's values come in by standard input, the PNG goes out by standard output.

It gives itself limits, so that a picture that gets out of hand ends here and nowhere else.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from pictures.balance_values import BalancePicture
from pictures.values import Picture

MOST_BYTES = 2 << 30
MOST_SECONDS = 30


def main() -> None:
    _limit()
    text = sys.stdin.read()
    sys.stdout.buffer.write(_balance(text) if BalancePicture.is_in(text) else _calendar(text))


def _calendar(text: str) -> bytes:
    from pictures.drawing import draw

    return draw(Picture.load(text))


def _balance(text: str) -> bytes:
    from pictures.balance_drawing import draw

    return draw(BalancePicture.load(text))


def _limit() -> None:
    """Whoever answers people comes first, and nobody's memory is eaten. A service that may not say so (systemd's
    filters, limits that are lower already) draws all the same."""
    with suppress(OSError):
        os.nice(5)
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


if __name__ == "__main__":
    main()
