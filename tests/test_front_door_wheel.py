"""The wheel, made of no more than the image is made of, holds all that Baton needs, and works where it is installed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
from filelock import FileLock

from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from tests.support.processes import environment, socket_mode

ROOT = Path(__file__).parent.parent
IMAGE = ROOT / "deploy" / "Containerfile"
QUIET = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps")
HERE = Path(sysconfig.get_path("purelib"))


def packages() -> list[str]:
    found = re.search(r"^packages = (\[.*\])$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found is not None
    return json.loads(found[1])


def copied() -> list[str]:
    """What the container file takes from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", IMAGE.read_text(), re.MULTILINE)
    return [name for line in lines for name in line.split()]


def held(folder: Path) -> set[str]:
    files = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(folder.parent).as_posix() for file in files}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once for all processes of a run, by the first that needs it."""
    base = tmp_path_factory.getbasetemp()
    out = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "dist"
    with FileLock(f"{out}.lock"):
        return next(out.glob("*.whl"), None) or built(tmp_path_factory.mktemp("source"), out)


def built(source: Path, out: Path) -> Path:
    """Without network, in a folder that holds only what the image's build copies."""
    for name in copied():
        here = ROOT / name
        shutil.copytree(here, source / name) if here.is_dir() else shutil.copy(here, source)
    build = (sys.executable, "-m", "pip", "wheel", *QUIET, "--no-build-isolation", "--wheel-dir", str(out), ".")
    subprocess.run(build, cwd=source, check=True)
    [made] = out.glob("*.whl")
    return made


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment of its own; only what Baton depends on comes from the one that runs the tests."""

    bin: Path

    async def does(self, command: str, folder: Path, settings: dict[str, str]) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(self.bin / "baton", command),
            cwd=folder,
            env=settings,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--no-compile", *QUIET, wheel], check=True
    )
    [own] = folder.glob("lib/python*/site-packages")
    (own / "dependencies.pth").write_text(f"{HERE}\n")
    return Installed(folder / "bin")


def test_the_wheel_holds_every_file_of_every_package_the_licence_and_the_manifest(wheel: Path) -> None:
    inside = set(ZipFile(wheel).namelist())
    for package in packages():
        assert held(ROOT / package) - inside == set()
    assert {name for name in inside if name.endswith("/share/baton/manifest.yml")}
    assert {name for name in inside if name.endswith("/licenses/LICENSE")}
    assert "storage/migrations/script.py.mako" in inside


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.startswith("baton-")} == set(packages())


def test_the_documents_install_this_wheel_with_the_pins_and_leave_no_older_copy(wheel: Path) -> None:
    text = (ROOT / "docs" / "install.md").read_text()
    lines = (
        "pip wheel --no-deps --wheel-dir dist .\n",
        "python3 -m venv --clear /opt/baton-env\n",
        f"/opt/baton-env/bin/pip install --constraint constraints.txt 'dist/{wheel.name}[postgres,fair]'\n",
    )
    places = [text.index(line) for line in lines]
    assert places == sorted(places)


@pytest.mark.slow(seconds=15)
async def test_an_installed_wheel_migrates_and_its_doctor_finds_all_well(
    installed: Installed, slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack))
    status, told = await installed.does("migrate", tmp_path, settings)
    assert (status, "The database is at revision" in told) == (0, True), told
    status, told = await installed.does("doctor", tmp_path, settings)
    assert (status, "✗" in told) == (0, False), told
    assert f"run from {installed.bin.parent.resolve()}" in told
    assert str(ROOT) not in told
