"""``python -m tests.engine.soak``: many more histories than the suite has time for, by seed.

Histories run in lots of 250. Each lot has a seed, which is printed; a run that was stopped goes on with ``--seed``
where it was. A lot ends with its first history that fails, the others go on; a lot that failed is run again, and its
history made short, with ``--seed N --histories 250 --shrink``.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from os import cpu_count

from tests.engine.running import run_histories

LOT = 250
FIRST_SEED = 1_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--histories", type=int, default=50_000, help="how many; 50,000 by default")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first lot")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest history that fails like that")
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + -(-chosen.histories // LOT))
    if chosen.shrink:
        for seed in seeds:
            run_histories(seed, LOT, shrink=True)
        return 0
    return _side_by_side(seeds)


def _side_by_side(seeds: range) -> int:
    failed: list[int] = []
    with ProcessPoolExecutor(cpu_count(), get_context("spawn")) as pool:
        lots = {pool.submit(run_histories, seed, LOT): seed for seed in seeds}
        for done, lot in enumerate(as_completed(lots), 1):
            seed, error = lots[lot], lot.exception()
            if error:
                failed.append(seed)
                _say(f"seed {seed} failed: {error}", *getattr(error, "__notes__", ()))
            _say(f"seed {seed} {'failed' if error else 'held'}; {done * LOT:,} of {len(seeds) * LOT:,} histories")
    _say(f"{len(seeds) - len(failed)} lots held, {len(failed)} failed", *map(str, sorted(failed)))
    return bool(failed)


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
