"""The solving process: a problem comes in by standard input, better and better plans go out, a line each.

The last line counts.
counts.

It gives itself limits, so that a problem that gets out of hand ends here and nowhere else.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from oncall.fairness import Solution, problem_from, solution_text

MOST_BYTES = 2 << 30
MOST_SECONDS = 60


def main() -> None:
    _limit()
    problem = problem_from(sys.stdin.read())
    from solver.exact import solve

    _tell(solve(problem, _tell))


def _tell(found: Solution) -> None:
    sys.stdout.write(solution_text(found) + "\n")
    sys.stdout.flush()


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
