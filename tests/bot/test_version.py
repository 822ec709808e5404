"""Baton says which version it is and from where it runs; a copy that upgrades do not reach is named."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from bot.version import CODE, copied_from
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from tests.support.processes import environment, run, running, socket_mode


async def test_the_version_and_the_folder_are_said_at_the_start_by_the_doctor_and_when_asked(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    said = f"{version('baton')}, run from {CODE}"
    settings = environment(tmp_path, **socket_mode(slack))
    assert f"Baton {said}" in (await run("doctor", tmp_path, settings)).out
    assert said in (await run("--version", tmp_path, settings)).out
    async with running(tmp_path, settings) as bot:
        [line] = [line for line in bot.log if "baton is starting" in line]
        assert said in line


def checkout(folder: Path, name: str = "baton") -> Path:
    (folder / "bot").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    return folder


def test_a_copy_of_a_checkouts_code_is_named(tmp_path: Path) -> None:
    ours = checkout(tmp_path / "baton")
    copy = ours / ".venv" / "lib" / "site-packages"
    told = copied_from(ours / ".venv", copy)
    assert told is not None
    assert f"Run `make setup` in {ours}" in told
    assert str(copy) in told


def test_a_checkouts_own_code_and_an_environment_of_its_own_are_in_order(tmp_path: Path) -> None:
    ours = checkout(tmp_path / "baton")
    assert copied_from(ours / ".venv", ours) is None
    elsewhere = tmp_path / "env"
    assert copied_from(elsewhere, elsewhere / "lib") is None
    others = checkout(tmp_path / "other", "another")
    assert copied_from(others / ".venv", tmp_path / "lib") is None
