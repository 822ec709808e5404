"""``GET /calendar/<secret>.ics``: calendar feeds, for calendar apps and whatever else reads iCalendar.

The secret is all that is asked for, so it stands in no log and in no message of an error; who has none gets the same
answer whatever they tried. ``?proposed=1`` adds shifts that are not confirmed yet, ``?titles=email`` calls events by
the e-mail address of who has them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.refusals import RefusalLog
from services.feeds.contents import Titles
from services.feeds.serving import FeedDesk, NoSuchFeed, TooMany, Wanted
from storage.trouble import DatabaseTrouble

PATH = "/calendar/{secret}.ics"
FRESH_SECONDS = 300
AGAIN_SECONDS = "60"
HEADERS = {
    "Cache-Control": f"private, max-age={FRESH_SECONDS}",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
CALENDAR = {**HEADERS, "Content-Type": "text/calendar; charset=utf-8"}
NONE = "There is no calendar at this address. In Slack, /oncall calendar has yours."

Answered = Callable[[web.Request], Awaitable[web.StreamResponse]]


def feed_page(desk: FeedDesk) -> Answered:
    """Answers GET and HEAD."""
    refusals = RefusalLog()

    async def feed(request: web.Request) -> web.StreamResponse:
        has = frozenset(tag.value for tag in request.if_none_match or ())
        try:
            answer = await desk.answer(request.match_info["secret"], _wanted(request), has)
        except NoSuchFeed:
            return web.Response(status=404, text=NONE, headers={"Cache-Control": "no-store"})
        except TooMany:
            return _later(refusals, "too many calendar links that nobody has were tried at once")
        except DatabaseTrouble:
            return _later(refusals, "a calendar feed can't be read from the database")
        tag = {"ETag": f'"{answer.etag}"'}
        if answer.body is None:
            return web.Response(status=304, headers={**HEADERS, **tag})
        return web.Response(body=answer.body, headers={**CALENDAR, **tag})

    return feed


def _wanted(request: web.Request) -> Wanted:
    asked = request.query
    titles = Titles.EMAIL if asked.get("titles") == Titles.EMAIL else Titles.WORDS
    return Wanted(asked.get("proposed") == "1", titles)


def _later(refusals: RefusalLog, why: str) -> web.Response:
    refusals.note(why)
    return web.Response(status=503, headers={"Retry-After": AGAIN_SECONDS, "Cache-Control": "no-store"})
