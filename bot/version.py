"""Which Baton this is, and from where it runs."""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent


def described() -> str:
    """The version and the folder that the code is in."""
    return f"{version('baton')}, run from {CODE}"


def frozen() -> str | None:
    """What is wrong where this is a copy of a checkout's code, which ``git pull`` does not reach; else None."""
    return copied_from(Path(sys.prefix), CODE)


def copied_from(environment: Path, code: Path) -> str | None:
    """``environment`` is a virtual environment, which a checkout keeps directly in itself; ``code`` is what runs."""
    checkout = environment.parent
    if not _is_checkout(checkout) or checkout.resolve() == code:
        return None
    return (
        f"What runs is a copy of Baton in {code}; what is in {checkout}, and any upgrade of it, does not reach it. "
        f"Run `make setup` in {checkout}."
    )


def _is_checkout(folder: Path) -> bool:
    try:
        found = tomllib.loads((folder / "pyproject.toml").read_text())
    except (OSError, ValueError):
        return False
    return found.get("project", {}).get("name") == "baton" and (folder / "bot").is_dir()
