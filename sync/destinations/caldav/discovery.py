"""From the address that somebody typed to the calendars behind it (RFC 6764): the well-known address, the principal of
the user, the home of their calendars."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from sync.destinations.caldav.asking import propfind
from sync.destinations.caldav.client import CalDavClient, Reply
from sync.destinations.caldav.errors import GONE, gone
from sync.destinations.caldav.multistatus import CAL, CS, DAV, Found, read
from sync.ports import NoAccount, RemoteSchedule

CALENDAR = "calendar"
"""The kind of every schedule here."""

WELL_KNOWN = "/.well-known/caldav"
WRITE = frozenset(f"{DAV}{name}" for name in ("all", "write", "write-content", "bind"))

ABOUT = propfind(
    "d:displayname",
    "d:resourcetype",
    "d:sync-token",
    "d:supported-report-set",
    "d:current-user-privilege-set",
    "c:supported-calendar-component-set",
    "cs:getctag",
)
_PRINCIPAL = propfind("d:current-user-principal", "d:resourcetype", "c:calendar-home-set")
_HOME = propfind("c:calendar-home-set")


async def homes(client: CalDavClient) -> list[str]:
    """Where the user's calendars are. Raises CredentialRefused where no such place is found."""
    for start in _starts(client):
        reply = await client.propfind(start, _PRINCIPAL)
        if reply.status == 403:
            raise client.refuse("PROPFIND", reply)
        if reply.status != 207:
            continue
        for found in read(reply.body).found:
            named = _absolute(reply, found.hrefs_in(f"{CAL}calendar-home-set"))
            if named or (named := await _homes_of(client, reply, found)):
                return named
    raise NoAccount(
        f"{client.host} shows no calendars to this user. Check the address in /oncall connections.",
        f"{client.host} shows no calendars to this user. Check the address.",
    )


def _starts(client: CalDavClient) -> Iterator[str]:
    """What was typed comes first where it names a place, since it may be the only one that answers."""
    if client.base.path.strip("/"):
        yield str(client.base)
    yield WELL_KNOWN
    yield "/"


async def _homes_of(client: CalDavClient, reply: Reply, found: Found) -> list[str]:
    principal = found.href_in(f"{DAV}current-user-principal")
    if principal is None:
        return []
    answer = await client.propfind(client.where(str(reply.url.join(principal))), _HOME)
    if answer.status != 207:
        return []
    return [
        href for one in read(answer.body).found for href in _absolute(answer, one.hrefs_in(f"{CAL}calendar-home-set"))
    ]


def _absolute(reply: Reply, hrefs: list[str]) -> list[str]:
    return [str(reply.url.join(href)) for href in hrefs]


async def calendars(client: CalDavClient, home: str) -> list[RemoteSchedule]:
    """The calendars at home that take events and, so far as the server says, may be written."""
    reply = await client.propfind(client.where(home), ABOUT, depth=1)
    if reply.status != 207:
        raise client.refuse("PROPFIND", reply)
    found = read(reply.body).found
    return [schedule(client, reply, one) for one in found if takes_events(one) and _writable(one)]


async def calendar(client: CalDavClient, external_id: str) -> tuple[RemoteSchedule, Found]:
    """One calendar, and what the server says about it. Raises ScheduleGone."""
    reply = await client.propfind(external_id, ABOUT)
    if reply.status in GONE:
        raise gone()
    if reply.status != 207:
        raise client.refuse("PROPFIND", reply)
    found = read(reply.body).found
    if not found or not takes_events(found[0]):
        raise gone()
    return schedule(client, reply, found[0]), found[0]


def schedule(client: CalDavClient, reply: Reply, found: Found) -> RemoteSchedule:
    """A calendar as the engine knows it: by its path, or its whole address where that is on another host."""
    url = reply.url.join(found.href)
    here = (url.scheme, url.host, url.port) == (client.base.scheme, client.base.host, client.base.port)
    last = unquote(found.href.rstrip("/").rpartition("/")[2])
    return RemoteSchedule(
        id=url.raw_path.decode() if here else str(url),
        name=found.text(f"{DAV}displayname") or last,
        kind=CALENDAR,
        url=str(url),
    )


def takes_events(found: Found) -> bool:
    kind = found.props.get(f"{DAV}resourcetype")
    if kind is None or kind.find(f"{CAL}calendar") is None:
        return False
    parts = found.props.get(f"{CAL}supported-calendar-component-set")
    named = [] if parts is None else [one.get("name", "").upper() for one in parts.findall(f"{CAL}comp")]
    return not named or "VEVENT" in named


def _writable(found: Found) -> bool:
    """Whether the user may write there; a server that does not say so is believed to allow it."""
    rights = found.props.get(f"{DAV}current-user-privilege-set")
    if rights is None:
        return True
    return any(right.tag in WRITE for one in rights.findall(f"{DAV}privilege") for right in one)


def sync_token(found: Found) -> str:
    """Where reading may go on from; empty where the server can't tell what changed."""
    reports = found.props.get(f"{DAV}supported-report-set")
    can = reports is not None and next(reports.iter(f"{DAV}sync-collection"), None) is not None
    return (found.text(f"{DAV}sync-token") or "") if can else ""


def collection_tag(found: Found) -> str:
    """What changes whenever the calendar does; empty where the server has no such."""
    return found.text(f"{CS}getctag") or ""
