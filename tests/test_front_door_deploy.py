"""The unit for systemd and the image for containers hold what the documents say of them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from tests.support.processes import environment, running, socket_mode

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "deploy" / "baton.service"
IMAGE = ROOT / "deploy" / "Containerfile"


def unit() -> ConfigParser:
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(UNIT.read_text())
    return found


def test_the_unit_waits_for_the_network_and_starts_with_the_machine() -> None:
    found = unit()
    assert "network-online.target" in found["Unit"]["After"].split()
    assert "network-online.target" in found["Unit"]["Wants"].split()
    assert found["Install"]["WantedBy"] == "multi-user.target"


def test_the_unit_is_restarted_and_stopped_as_the_documents_say() -> None:
    service, text = unit()["Service"], (ROOT / "docs" / "install.md").read_text()
    assert service["Restart"] == "on-failure"
    assert (service["RestartSec"], "ten seconds after a failure, however often" in text) == ("10", True)
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0"
    assert (service["TimeoutStopSec"], "is given 25 seconds to stop" in text) == ("25", True)


def test_the_unit_runs_what_the_documents_install_where_they_install_it() -> None:
    service, text = unit()["Service"], (ROOT / "docs" / "install.md").read_text()
    assert service["ExecStart"] == "/opt/baton/.venv/bin/baton run"
    assert "git clone <where Baton is> /opt/baton" in text
    for name in (service["EnvironmentFile"], service["WorkingDirectory"], f"--uid={service['User']}"):
        assert name in text
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"


def test_who_takes_over_the_unit_is_told_to_move_the_database_to_where_it_looks() -> None:
    service, text = unit()["Service"], (ROOT / "docs" / "operate.md").read_text()
    folder, user = service["WorkingDirectory"], service["User"]
    stopped, made, moved, owned = [
        text.index(line)
        for line in (
            "systemctl stop baton\n",
            f"install -d -o {user} -g {user} -m {service['StateDirectoryMode']} {folder}\n",
            f"mv /opt/baton/baton.db* {folder}/ ",
            f"chown {user}:{user} {folder}/baton.db*\n",
        )
    ]
    assert stopped < made < moved < owned


def test_the_unit_may_write_to_its_own_folder_alone_and_gains_no_rights() -> None:
    service = unit()["Service"]
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"], service["UMask"]) == ("strict", "", "0077")
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictSUIDSGID"):
        assert service[name] == "yes"
    assert "ReadWritePaths" not in service


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    file = tmp_path / UNIT.name
    file.write_text(
        UNIT.read_text().replace(unit()["Service"]["ExecStart"], "/bin/true")
    )  # it looks whether that exists
    done = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if file.name in line]
    assert (done.returncode, complaints) == (0, [])


def instructions(word: str) -> list[str]:
    joined = IMAGE.read_text().replace("\\\n", " ")
    return [line.partition(" ")[2] for line in joined.splitlines() if line.startswith(f"{word} ")]


def test_the_image_holds_every_package_no_developers_tools_and_runs_as_nobody_in_particular() -> None:
    packages = re.search(r"^packages = (\[.*\])$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert packages is not None
    copied = " ".join(instructions("COPY")).split()
    assert set(json.loads(packages[1])) <= set(copied)
    assert "tests" not in copied
    installed = [line for line in instructions("RUN") if "pip install" in line]
    assert ["--constraint constraints.txt '.[postgres,fair]'" in line for line in installed] == [True]
    [user] = instructions("USER")
    assert user.isdigit()
    assert user != "0"
    assert any("BATON_HOST=0.0.0.0" in line for line in instructions("ENV"))
    assert any("HOME=/var/lib/baton" in line for line in instructions("ENV"))
    assert instructions("VOLUME") == instructions("WORKDIR")[-1:] == ["/var/lib/baton"]


def test_the_image_copies_what_is_there_and_starts_as_the_documents_say() -> None:
    for line in instructions("COPY"):
        if not line.startswith("--from"):
            assert [name for name in line.split()[:-1] if not (ROOT / name).exists()] == []
    text = (ROOT / "docs" / "install.md").read_text()
    assert (instructions("ENTRYPOINT"), instructions("CMD")) == (['["/opt/baton/bin/baton"]'], ['["run"]'])
    assert "-f\ndeploy/Containerfile -t baton .`" in text
    for fact in (f"as user {instructions('USER')[0]}", f"port {instructions('EXPOSE')[0]}", instructions("VOLUME")[0]):
        assert fact in text


async def test_the_images_health_check_succeeds_while_baton_runs_and_fails_when_it_does_not(
    slack: SlackSandbox, ws: Workspace, tmp_path: Path
) -> None:
    [line] = instructions("HEALTHCHECK")
    _, *arguments = json.loads(line.partition("CMD ")[2])

    async def asked(port: str) -> int:
        process = await asyncio.create_subprocess_exec(
            "python3", *arguments, env={**os.environ, "BATON_PORT": port}, stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    async with running(tmp_path, environment(tmp_path, **socket_mode(slack))) as bot:
        port = bot.url.rpartition(":")[2]
        assert await asked(port) == 0
        await bot.stop()
        assert await asked(port) != 0
