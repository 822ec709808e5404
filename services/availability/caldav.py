"""Reading one of a person's own calendars on a CalDAV server; nothing is ever written there.

The client is the one that exports use, with its limits: four requests at once per server, bounded answers, public
addresses alone. An unchanged calendar costs one request: the server's token, or its tag of the whole calendar, is kept
in the place of an ETag.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from services.availability.calendar_troubles import Trouble
from services.availability.fetching import MOST_BYTES, Fetched, Seen
from services.kit.house import House
from services.kit.wording import for_now
from sync.destinations.caldav import asking, discovery
from sync.destinations.caldav.client import CalDavClient, Reply
from sync.destinations.caldav.multistatus import CAL, Found, read
from sync.destinations.caldav.system import CalDav
from sync.ports import CredentialRefused, NoAccount, RemoteError, RemoteSchedule, Unavailable

BACK = timedelta(days=1)
TOGETHER = 100
"""Events per request, where a server names them without their text."""
LONGEST_SEEN = 255


async def calendars_of(house: House, key: str) -> list[RemoteSchedule]:
    """The calendars that this user may read, by name. Raises Trouble."""
    found: list[RemoteSchedule] = []
    async with _client(house, key) as client:
        for home in await discovery.homes(client):
            reply = _fine(client, "PROPFIND", await client.propfind(client.where(home), discovery.ABOUT, depth=1))
            found += [discovery.schedule(client, reply, one) for one in read(reply.body).found if _holds_events(one)]
    return sorted(found, key=lambda calendar: (calendar.name.casefold(), calendar.id))


async def fetch_calendar(house: House, key: str, external_id: str, seen: Seen, now: datetime) -> Fetched:
    """Every event that may still be of interest, one calendar after the other in one text. Raises Trouble."""
    async with _client(house, key) as client:
        _, about = await discovery.calendar(client, external_id)
        tag = (discovery.sync_token(about) or discovery.collection_tag(about))[:LONGEST_SEEN]
        if tag and tag == seen.etag:
            return Fetched(None, seen)
        asked = asking.events_from(now - BACK)
        found = read(_fine(client, "REPORT", await client.report(external_id, asked)).body).found
        texts = await _texts(client, external_id, found)
    body = "\r\n".join(texts).encode()
    if len(body) > MOST_BYTES:
        raise Trouble(f"It is larger than {MOST_BYTES >> 20} MB.", for_good=True)
    return Fetched(body or b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", Seen(tag))


async def _texts(client: CalDavClient, external_id: str, found: Sequence[Found]) -> list[str]:
    texts = [text for one in found if (text := _text(one))]
    nameless = [one.href for one in found if not _text(one) and one.href.endswith(".ics")]
    for first in range(0, len(nameless), TOGETHER):
        asked = asking.these_events(nameless[first : first + TOGETHER])
        reply = _fine(client, "REPORT", await client.report(external_id, asked))
        texts += [text for one in read(reply.body).found if (text := _text(one))]
    return texts


def _text(one: Found) -> str:
    return one.text(f"{CAL}calendar-data") or ""


def _holds_events(one: Found) -> bool:
    return one.status == 200 and discovery.takes_events(one)


def _fine(client: CalDavClient, method: str, reply: Reply) -> Reply:
    if reply.status != 207:
        raise client.refuse(method, reply)
    return reply


@asynccontextmanager
async def _client(house: House, key: str) -> AsyncGenerator[CalDavClient]:
    """One of its own, closed afterwards. What the server says no with becomes Trouble."""
    system = CalDav(clock=house.clock, allow_private=house.offers.private_webhooks)
    try:
        yield system.account(subdomain="", region="", key=key).client
    except NoAccount as error:
        raise Trouble(error.at_field, for_good=True) from error
    except CredentialRefused as error:
        raise Trouble(error.at_field, for_good=True, place="password") from error
    except Unavailable as error:
        raise Trouble(for_now(error)) from error
    except RemoteError as error:
        raise Trouble(str(error), for_good=True) from error
    finally:
        await system.aclose()
