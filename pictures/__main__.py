"""The drawing process: a picture's values come in by standard input, the PNG goes out by standard output.

It gives itself limits, so that a picture that gets out of hand ends here and nowhere else.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from pictures.values import Picture

MOST_BYTES = 2 << 30
MOST_SECONDS = 30


def main() -> None:
    _limit()
    picture = Picture.load(sys.stdin.read())
    from pictures.drawing import draw

    sys.stdout.buffer.write(draw(picture))


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
