"""The solving process: a problem comes in by standard input, better and better plans go out, a line each.

The last line counts.

It gives itself limits, so that a problem that gets out of hand ends here and nowhere else.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from oncall.fairness import Solution, problem_from, solution_text

MOST_BYTES = 2 << 30
MOST_SECONDS = 60


def main() -> None:
    _limit()
    out = _own_output()
    problem = problem_from(sys.stdin.read())
    from solver.exact import solve

    def tell(found: Solution) -> None:
        out.write(solution_text(found) + "\n")
        out.flush()

    tell(solve(problem, tell))


def _own_output() -> TextIO:
    """Standard output for plans alone: HiGHS writes its name there, however quiet it is told to be."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


def _limit() -> None:
    """Whoever answers people comes first, and nobody's memory is eaten. A service that may not say so (systemd's
    filters, limits that are lower already) solves all the same."""
    with suppress(OSError):
        os.nice(5)
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


if __name__ == "__main__":
    main()
