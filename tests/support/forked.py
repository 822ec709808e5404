"""Processes from the fork server: started and watched as those of :mod:`asyncio.subprocess` are."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from io import FileIO
from pathlib import Path
from tempfile import mkdtemp

from filelock import FileLock

from tests.support.migrated import RUN

ROOT = Path(__file__).parents[2]
READY_SECONDS, END_SECONDS = 60, 5


class Forked:
    """One process; ``returncode`` is None until it has ended, ``stdin`` unless it is spoken to."""

    def __init__(
        self, pid: int, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader, stdin: FileIO | None = None
    ) -> None:
        self.pid, self.stdout, self.stderr, self.stdin = pid, stdout, stderr, stdin
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    async def watch(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the fork server says with which status it ended."""
        self.returncode = int(await answers.readline() or b"-9")
        writer.close()
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


_watching: set[asyncio.Task[None]] = set()
_held_open: list[int] = []


async def start_forked(
    folder: Path,
    environment: Mapping[str, str],
    *words: str,
    module: str = "bot",
    quiet: bool = False,
    log: Path | None = None,
    spoken_to: bool = False,
) -> Forked:
    """``python -m MODULE WORDS`` in a folder, as a fork of what has Baton imported; a ``quiet`` one is not heard, one
    with a ``log`` writes to the end of that."""
    unheard = log or (Path(os.devnull) if quiet else None)
    (out, stdout), (err, stderr) = await _stream(unheard), await _stream(unheard)
    given, stdin = os.pipe() if spoken_to else (None, None)
    streams = [stdout, stderr] if given is None else [stdout, stderr, given]
    request = {"folder": str(folder), "environment": dict(environment), "module": module, "words": words}
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_server())
    text = json.dumps(request).encode() + b"\n"
    sent = socket.send_fds(connection, [text], streams)
    connection.sendall(text[sent:])
    for stream in streams:
        os.close(stream)
    answers, writer = await asyncio.open_connection(sock=connection)
    process = Forked(int(await answers.readline()), out, err, None if stdin is None else FileIO(stdin, "wb"))
    task = asyncio.create_task(process.watch(answers, writer))
    _watching.add(task)
    task.add_done_callback(_watching.discard)
    return process


async def _stream(unheard: Path | None) -> tuple[asyncio.StreamReader, int]:
    """A pipe: its end to read from, and the other one's number. One that leads to a file has nothing to read."""
    reader = asyncio.StreamReader()
    if unheard is not None:
        reader.feed_eof()
        return reader, os.open(unheard, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    here, there = os.pipe()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(here, "rb")
    )
    return reader, there


@cache
def _server() -> str:
    """Where the fork server of this run listens. Whoever needs it first starts it, and it ends with the last of those
    who hold the other end of its input."""
    run = os.environ.get(RUN)
    if run is None:  # one process alone
        return _started()
    known = Path(run, "fork-server")
    with FileLock(f"{known}.lock"):
        path = _held(known.read_text()) if known.exists() else None
        if path is None:
            path = _started()
            known.write_text(path)
    return path


def _held(path: str) -> str | None:
    """None when it has ended meanwhile."""
    try:
        _held_open.append(os.open(f"{path}.input", os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return None
    return path


def _started() -> str:
    path = Path(mkdtemp(prefix="forks-")) / "socket"
    os.mkfifo(f"{path}.input")
    stdin = os.open(f"{path}.input", os.O_RDONLY | os.O_NONBLOCK)
    held = os.open(f"{path}.input", os.O_WRONLY)
    command = [sys.executable, "-m", "tests.support.fork_server", str(path)]
    server = subprocess.Popen(command, cwd=ROOT, stdin=stdin)
    os.close(stdin)

    def end() -> None:
        os.close(held)
        with suppress(subprocess.TimeoutExpired):  # others still need it
            server.wait(END_SECONDS)

    atexit.register(end)
    until = time.monotonic() + READY_SECONDS
    while not path.exists():
        assert server.poll() is None, "the fork server ended"
        assert time.monotonic() < until, "the fork server is not ready"
        time.sleep(0.02)
    return str(path)
