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
from typing import Any

import pytest
import yaml

from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from tests.support.processes import environment, running, socket_mode

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "deploy" / "baton.service"
WORKERS = ROOT / "deploy" / "baton-worker@.service"
COMPOSE = ROOT / "deploy" / "compose.yaml"
CADDYFILE = ROOT / "deploy" / "Caddyfile"
IMAGE = ROOT / "deploy" / "Containerfile"


def unit(file: Path = UNIT) -> ConfigParser:
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(file.read_text())
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


def test_a_worker_s_unit_is_the_same_but_for_what_it_runs_and_where_it_listens() -> None:
    one, many = (dict(unit(file)["Service"]) for file in (UNIT, WORKERS))
    assert {name for name in one | many if one.get(name) != many.get(name)} == {"ExecStart"}
    assert many["ExecStart"] == "/usr/bin/env BATON_PORT=310%i /opt/baton/.venv/bin/baton worker"
    assert "`baton-worker@1`" in (ROOT / "docs" / "scale.md").read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("known", [UNIT, WORKERS], ids=["run", "worker"])
def test_systemd_finds_nothing_to_complain_about(tmp_path: Path, known: Path) -> None:
    file = tmp_path / known.name.replace("@", "@1")
    # it looks whether what is run exists
    file.write_text(known.read_text().replace(unit(known)["Service"]["ExecStart"], "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if file.name in line]
    assert (done.returncode, complaints) == (0, [])


def composed() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


def test_what_is_composed_is_the_image_with_commands_and_settings_that_there_are() -> None:
    services, text = composed(), (ROOT / "docs" / "install.md").read_text()
    ours = {name: one for name, one in services.items() if one["image"] == "baton"}
    assert {name: one["command"] for name, one in ours.items()} == {
        name: [name] for name in ("migrate", "run", "worker")
    }
    for one in ours.values():
        assert [name for name in one["environment"] if f"`{name}`" not in text] == []
        assert one["stop_grace_period"] == f"{unit()['Service']['TimeoutStopSec']}s"
    build = ours["migrate"]["build"]
    assert (COMPOSE.parent / build["context"] / build["dockerfile"]).resolve() == IMAGE
    assert all("migrate" in ours[name]["depends_on"] for name in ("run", "worker"))


def test_no_secret_is_in_what_is_composed_and_only_the_proxy_can_be_reached() -> None:
    services = composed()
    assert services["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${BATON_DATABASE_PASSWORD:?")
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    [port] = instructions("EXPOSE")
    assert re.search(rf"name run\s+port {port}\n", CADDYFILE.read_text())


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs docker")
def test_docker_takes_what_is_composed(tmp_path: Path) -> None:
    docker = ["docker", "compose"]
    if subprocess.run([*docker, "version"], capture_output=True, check=False).returncode:
        pytest.skip("needs docker's compose plugin")
    for file in (COMPOSE, CADDYFILE):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "baton.env").touch()
    done = subprocess.run(
        [*docker, "--file", str(tmp_path / COMPOSE.name), "config", "--quiet"],
        env={**os.environ, "BATON_DATABASE_PASSWORD": "secret"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


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
