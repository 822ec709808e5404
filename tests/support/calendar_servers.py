"""Real calendar servers on loopback: Radicale and Xandikos, each a process of its own that many tests share.

A test makes a calendar of its own. What people do in calendar apps is done with plain HTTP, so that nothing of Baton's
is on both sides.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from xml.sax.saxutils import escape

import httpx

USER, PASSWORD, READER = "baton", "an app password", "reader"
PATIENCE = 60.0
"""Seconds that a server may take to start where many other things run."""

_RIGHTS = """
[principal]
user: .+
collection:
permissions: R
[owner]
user: baton
collection: baton(/.*)?
permissions: RrWw
[reader]
user: reader
collection: baton(/.*)?
permissions: Rr
"""


@dataclass(slots=True)
class CalendarServer:
    """A running server; ``guards`` says whether it asks for a password itself."""

    name: str
    url: str
    home: str
    guards: bool
    http: httpx.Client
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_calendar(self, name: str = "Empty") -> Calendar:
        path = f"{self.home}c{next(self._numbers)}/"
        named = f"<d:set><d:prop><d:displayname>{escape(name)}</d:displayname></d:prop></d:set>"
        spaces = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
        body = f"<c:mkcalendar {spaces}>{named}</c:mkcalendar>"
        answer = self.http.request("MKCALENDAR", path, content=body, headers={"Content-Type": "application/xml"})
        assert answer.status_code == 201, answer.text
        if not self.guards:  # Xandikos takes no name when it makes a calendar
            change = f"<d:propertyupdate {spaces}>{named}</d:propertyupdate>"
            self.http.request("PROPPATCH", path, content=change, headers={"Content-Type": "application/xml"})
        return Calendar(self, path)


@dataclass(slots=True)
class Calendar:
    """One calendar, and the hands of people who work on it in their apps."""

    server: CalendarServer
    path: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def http(self) -> httpx.Client:
        return self.server.http

    def put(self, name: str, text: str) -> str:
        """Write a whole file; its name, which is how the board calls a plain event."""
        answer = self.http.put(
            f"{self.path}{name}.ics", content=text.replace("\n", "\r\n"), headers={"Content-Type": "text/calendar"}
        )
        assert answer.is_success, (answer.status_code, answer.text)
        return name

    def add(self, *lines: str, name: str = "") -> str:
        """Write a new event with these lines."""
        name = name or f"by-hand-{next(self._numbers)}"
        return self.put(name, vcalendar(event(name, *lines)))

    def text(self, name: str) -> str:
        answer = self.http.get(f"{self.path}{name}.ics")
        assert answer.is_success, answer.status_code
        return answer.text.replace("\r\n", "\n")

    def names(self) -> list[str]:
        """What lies there, by name."""
        asked = '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>'
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        answer = self.http.request("PROPFIND", self.path, content=asked, headers=headers)
        ends = [part.split("<")[0] for part in answer.text.replace("ns0:", "").split("<href>")[1:]]
        return sorted(end.rpartition("/")[2].removesuffix(".ics") for end in ends if end.endswith(".ics"))

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace parts of an event's text, each of which must be there."""
        text = self.text(name)
        for before, after in changes:
            assert before in text, (before, text)
            text = text.replace(before, after)
        self.put(name, text)

    def delete(self, name: str) -> None:
        assert self.http.delete(f"{self.path}{name}.ics").is_success

    def remove(self) -> None:
        assert self.http.delete(self.path).is_success


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def event(uid: str, *lines: str) -> str:
    inside = "\n".join([f"UID:{uid}", "DTSTAMP:20260301T000000Z", *lines])
    return f"BEGIN:VEVENT\n{inside}\nEND:VEVENT"


def vcalendar(*parts: str) -> str:
    inside = "\n".join(parts)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//An app//EN\n{inside}\nEND:VCALENDAR\n"


@contextmanager
def radicale(folder: Path) -> Iterator[CalendarServer]:
    """Radicale, which asks for passwords and lets one user read only."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n{READER}:{PASSWORD}\n")
    (folder / "rights").write_text(_RIGHTS)
    port = _free_port()
    (folder / "config").write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[rights]\ntype = from_file\nfile = {folder / 'rights'}\n"
        f"[storage]\nfilesystem_folder = {folder / 'data'}\n"
        "[logging]\nlevel = error\n"
    )
    command = ["-m", "radicale", "--config", str(folder / "config")]
    with _served(command, folder, port) as http:
        yield CalendarServer("radicale", str(http.base_url).rstrip("/"), f"/{USER}/", True, http)


@contextmanager
def xandikos(folder: Path) -> Iterator[CalendarServer]:
    """Xandikos, which lets in everybody; it stands behind a proxy that asks, where it is used in earnest."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    command = ["-m", "xandikos", "serve", "--defaults", "-d", str(folder / "data"), "-l", "127.0.0.1", "-p", str(port)]
    with _served(command, folder, port) as http:
        yield CalendarServer("xandikos", str(http.base_url).rstrip("/"), "/user/calendars/", False, http)


@contextmanager
def _served(command: list[str], folder: Path, port: int) -> Iterator[httpx.Client]:
    (folder / "data").mkdir(exist_ok=True)
    with (folder / "log").open("wb") as said:
        process = subprocess.Popen([sys.executable, *command], stdout=said, stderr=said)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", auth=(USER, PASSWORD), trust_env=False, timeout=PATIENCE
        ) as http:
            _wait_for(http, process, folder)
            yield http
    finally:
        process.kill()
        process.wait()


def _wait_for(http: httpx.Client, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            http.get("/")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError((folder / "log").read_text())


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
