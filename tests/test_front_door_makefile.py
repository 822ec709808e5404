"""What `make` installs, and when: asked of `make` itself with -n, on environments that are made here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEEDED = ("Makefile", "pyproject.toml", "constraints.txt", "constraints-dev.txt")
RUNS_ON = "pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[postgres,fair]'"
DEVELOPERS_NEED = "--constraint constraints-dev.txt --editable '.[postgres,fair,dev]'"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a checkout"
    (folder / "bot").mkdir(parents=True)
    (folder / "bot" / "__init__.py").touch()
    for name in NEEDED:
        shutil.copy(ROOT / name, folder)
    return folder


def would(checkout: Path, target: str) -> str:
    """What `make` would do; nothing of it is done."""
    done = subprocess.run(["make", "-n", target], cwd=checkout, capture_output=True, text=True, check=True)
    return done.stdout


def installed(checkout: Path, target: str = "setup") -> Path:
    """Do what `make` would, pip apart: an environment that runs the checkout's code. Returns its site-packages."""
    stamps = re.findall(r"\.venv/\.(?:run|dev)-\d+$", would(checkout, target), re.MULTILINE)
    stamps += re.findall(r"touch (\.venv/\.run-\d+) \.", would(checkout, target))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=checkout, check=True)
    [packages] = (checkout / ".venv" / "lib").glob("python*/site-packages")
    (packages / "baton.pth").write_text(f"{checkout}\n")
    for stamp in stamps:
        (checkout / stamp).touch()
    return packages


@pytest.mark.parametrize("target", ["setup", "demo"])
def test_running_takes_no_developers_tools(checkout: Path, target: str) -> None:
    plan = would(checkout, target)
    assert RUNS_ON in plan
    assert "constraints-dev" not in plan


@pytest.mark.parametrize("target", ["tools", "test", "lint", "bench", "soak", "format"])
def test_what_developers_use_installs_their_tools_as_well(checkout: Path, target: str) -> None:
    assert DEVELOPERS_NEED in would(checkout, target)
    installed(checkout)
    assert DEVELOPERS_NEED in would(checkout, target)


def test_what_is_installed_is_not_installed_again(checkout: Path) -> None:
    installed(checkout)
    for target in ("setup", "demo"):
        assert "pip install" not in would(checkout, target)
    installed(checkout, "tools")
    for target in ("setup", "demo", "test", "lint"):
        assert "pip install" not in would(checkout, target)


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_other_pins_are_installed_whatever_the_dates_of_the_files_say(checkout: Path, name: str) -> None:
    installed(checkout)
    file = checkout / name
    dated = file.stat().st_mtime_ns
    file.write_text(file.read_text() + "# changed\n")
    subprocess.run(["touch", "-d", "2020-01-01", str(file)], check=True)
    assert file.stat().st_mtime_ns < dated
    assert RUNS_ON in would(checkout, "setup")


@pytest.mark.parametrize("target", ["setup", "demo", "test"])
def test_an_environment_with_a_copy_of_the_code_is_made_anew(checkout: Path, target: str) -> None:
    packages = installed(checkout, "tools")
    shutil.copytree(checkout / "bot", packages / "bot")  # what `pip install .` does
    (packages / "baton.pth").unlink()
    plan = would(checkout, target)
    assert "venv --clear .venv" in plan
    assert "--editable" in plan


def test_the_environment_of_a_moved_checkout_is_made_anew(checkout: Path) -> None:
    installed(checkout)
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert "venv --clear .venv" in would(moved, "setup")
