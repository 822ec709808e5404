"""Debian's pgbouncer in transaction mode before a test's PostgreSQL, run by its user: it refuses to be root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

PGBOUNCER = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
PORT = 6432  # of a socket's name only: it listens on no address
SETTINGS = """
[databases]
* = host={server} user={user}
[pgbouncer]
listen_port = {port}
unix_socket_dir = {folder}
logfile = {folder}/log
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""


@contextmanager
def pooled(address: str, size: int) -> Iterator[str]:
    """The same database through a pooler with so many connections to it, as Baton's address."""
    url = make_url(address)
    server = Path(str(url.query["host"]))
    with tempfile.TemporaryDirectory(prefix="baton-pooler-") as name:
        folder, owner = Path(name), pwd.getpwuid(server.stat().st_uid)
        values = {"server": server, "user": url.username, "port": PORT, "folder": folder, "size": size}
        (folder / "pgbouncer.ini").write_text(SETTINGS.format(**values))
        if os.geteuid() == 0:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        command = [str(PGBOUNCER), *(("-u", owner.pw_name) if os.geteuid() == 0 else ()), str(folder / "pgbouncer.ini")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _await_socket(folder / f".s.PGSQL.{PORT}")
            query = {"host": str(folder), "port": str(PORT), "pgbouncer": "true"}
            yield url.set(query=query).render_as_string(hide_password=False)
        finally:
            process.terminate()
            process.wait(10)


def _await_socket(path: Path, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as tried:
            return tried.connect(str(path))
        time.sleep(0.05)
    raise AssertionError("pgbouncer does not listen")
