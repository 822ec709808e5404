"""A wheel holds all of Baton and works where nothing else of the checkout is."""

from __future__ import annotations

import asyncio
import json
import os
import re
import site
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.client import Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.processes import environment, socket_mode

ROOT = Path(__file__).parent.parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as docs/install.md says, but for the isolation, which would fetch what is installed here."""
    folder = tmp_path_factory.mktemp("dist")
    build = (*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    subprocess.run(build, check=True, capture_output=True)
    [made] = folder.glob("*.whl")
    return made


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel in it; what Baton needs is borrowed from the one that runs the tests."""

    packages: Path
    baton: Path

    def says(self, folder: Path, *arguments: str, **settings: str) -> str:
        kept = {name: value for name, value in environment(folder).items() if not name.startswith("PYTHON")}
        done = subprocess.run(
            (self.baton, *arguments), cwd=folder, env={**kept, **settings}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("env")
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", folder), check=True)
    [packages] = (folder / "lib").glob("python*/site-packages")
    # A path in a .pth file brings packages, but not the .pth files beside them, such as the one of this checkout.
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    into = ("--python", str(folder / "bin" / "python"))
    how = ("--no-deps", "--no-index", "--ignore-installed")
    subprocess.run((*PIP, *into, "install", *how, str(wheel)), check=True, capture_output=True)
    return Installed(packages, folder / "bin" / "baton")


def test_the_wheel_holds_every_file_of_every_package_and_nothing_else(wheel: Path) -> None:
    stated = re.search(r"^packages = (\[.*\])$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert stated is not None
    packages = json.loads(stated[1])
    assert set(packages) == {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    files = {file.relative_to(ROOT) for package in packages for file in (ROOT / package).rglob("*") if file.is_file()}
    wanted = {file.as_posix() for file in files if "__pycache__" not in file.parts}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        about = {name.partition(".dist-info/")[2] for name in archive.namelist()} - {""}
    assert held == wanted
    assert {"licenses/LICENSE", "entry_points.txt", "METADATA"} <= about


def test_the_documents_install_this_wheel_with_the_pins_and_leave_no_older_copy(wheel: Path) -> None:
    text = (ROOT / "docs" / "install.md").read_text()
    built, cleared, installed = [
        text.index(line)
        for line in (
            "pip wheel --no-deps --wheel-dir dist .\n",
            "python3 -m venv --clear /opt/baton-env\n",
            f"/opt/baton-env/bin/pip install --constraint constraints.txt 'dist/{wheel.name}[postgres]'\n",
        )
    ]
    assert built < cleared < installed


async def test_what_was_installed_from_the_wheel_migrates_and_is_well(
    installed: Installed, slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack, pagerduty))
    assert f"run from {installed.packages}" in await asyncio.to_thread(installed.says, tmp_path, "--version")
    newest = max(file.name[:4] for file in (ROOT / "storage" / "migrations" / "versions").glob("0*.py"))
    migrated = await asyncio.to_thread(installed.says, tmp_path, "migrate", **settings)
    assert f"at revision {newest}" in migrated
    told = await asyncio.to_thread(installed.says, tmp_path, "doctor", **settings)
    assert f"database at revision {newest}, the newest" in told
    assert f"run from {installed.packages}" in told
    assert "✗" not in told
    assert os.listdir(tmp_path) == ["baton.db"]
