"""``python -m benchmarks [name ...]``: run all benchmarks, or the named ones, and print what they found."""

from __future__ import annotations

import argparse
import importlib
import pkgutil

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.measure import Report, save

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def names() -> list[str]:
    """Every module of the package that can be run."""
    modules = (module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__")
    return [name for name in modules if hasattr(importlib.import_module(f"benchmarks.{name}"), "run")]


def duration(seconds: float) -> str:
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
    return f"{seconds / size:.3g} {unit}"


def show(report: Report, console: Console) -> None:
    table = Table(title=report.title, title_justify="left")
    for heading in ("what", "median", "fastest – slowest", "ratio"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for sample in report.samples:
        spread = f"{duration(sample.fastest)} – {duration(sample.slowest)}"
        table.add_row(sample.name, duration(sample.median), spread, f"{report.ratio(sample):.2f} ×")
    console.print(table)
    for target in report.targets:
        console.print(f"  {'met   ' if target.met else 'MISSED'}  {target.text}")
    console.print()


def main() -> None:
    known = names()
    parser = argparse.ArgumentParser(prog="benchmarks", description=benchmarks.__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(known)}; all by default")
    chosen = parser.parse_args().names or known
    if unknown := sorted(set(chosen) - set(known)):
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(known)}")
    console = Console()
    for name in chosen:
        report = importlib.import_module(f"benchmarks.{name}").run()
        show(report, console)
        save(report)


if __name__ == "__main__":
    main()
