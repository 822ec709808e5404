#!/bin/sh
# Radicale 3.9.0; beside it Xandikos 0.4.10, which does as the standard says.
#
# Good guess: a calendar-query with a time range finds an all-day event, or one without a zone, in the zone that the query
# names (CALDAV:timezone), and where it names none in the calendar's own (CALDAV:calendar-timezone). RFC 4791 says MUST in
# 5.2.2 and 9.9, and Radicale stores the property, answers 200 and gives it back.
# What happens: Radicale reads both as UTC, whatever is named. The event at 23:00 in New York is not found at 04:00Z, where
# it is, and is found five hours before.
#
# Why it matters here: whoever asks for "today" misses the evening's events, or is shown those of another day. Baton asks
# for everything from a month ago on and reads local times itself (sync/destinations/caldav/shifts_there.py).
set -eu
folder=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet radicale==3.9.0 xandikos==0.4.10 tzdata
port() { "$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
one=$(port)
other=$(port)
"$folder/venv/bin/python" -m radicale --config "" --server-hosts "127.0.0.1:$one" --auth-type none --logging-level error \
  --storage-filesystem-folder "$folder/radicale" &
servers=$!
"$folder/venv/bin/python" -m xandikos serve --defaults -d "$folder/xandikos" -l 127.0.0.1 -p "$other" >/dev/null 2>&1 &
servers="$servers $!"
"$folder/venv/bin/python" - "http://127.0.0.1:$one/user/team/" "http://127.0.0.1:$other/user/calendars/team/" <<'PY'
import re
import sys
import time
import urllib.error
import urllib.request

HEADERS = {"Authorization": "Basic dXNlcjp4", "Depth": "1"}  # user:x; neither server asks for a password here
SPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
ZONE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:STANDARD
DTSTART:20061105T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
END:VCALENDAR
""".replace("\n", "\r\n")
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:late
DTSTAMP:20260101T000000Z
DTSTART:20260301T230000
DTEND:20260301T233000
SUMMARY:Late in the evening
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def ask(method: str, url: str, body: str, kind: str = "application/xml") -> str:
    request = urllib.request.Request(url, body.encode(), {**HEADERS, "Content-Type": kind}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        return answer.read().decode()


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            ask("OPTIONS", url, "")
            return
        except urllib.error.HTTPError:
            return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def found(url: str, start: str, end: str, zone: str = "") -> bool:
    named = f"<c:timezone>{zone}</c:timezone>" if zone else ""
    span = f'<c:comp-filter name="VEVENT"><c:time-range start="{start}" end="{end}"/></c:comp-filter>'
    wanted = f'<c:filter><c:comp-filter name="VCALENDAR">{span}</c:comp-filter></c:filter>'
    prop = "<d:prop><d:getetag/></d:prop>"
    answer = ask("REPORT", url, f"<c:calendar-query {SPACES}>{prop}{wanted}{named}</c:calendar-query>")
    return "late.ics" in answer


def looks(url: str) -> tuple[bool, bool, bool, bool]:
    wait_for(url)
    ask("MKCALENDAR", url, f"<c:mkcalendar {SPACES}/>")
    ask("PUT", url + "late.ics", EVENT, "text/calendar")
    there, five_hours_before = ("20260302T040000Z", "20260302T043000Z"), ("20260301T230000Z", "20260301T233000Z")
    by_query = found(url, *there, ZONE), found(url, *five_hours_before, ZONE)
    prop = f"<d:prop><c:calendar-timezone>{ZONE}</c:calendar-timezone></d:prop>"
    answer = ask("PROPPATCH", url, f"<d:propertyupdate {SPACES}><d:set>{prop}</d:set></d:propertyupdate>")
    assert re.search("200 OK", answer)
    return (*by_query, found(url, *there), found(url, *five_hours_before))


radicale, xandikos = looks(sys.argv[1]), looks(sys.argv[2])
print("23:00 in New York: (found there, found 5 hours before) by the query's zone, then by the calendar's")
print("Radicale:", radicale)
print("Xandikos:", xandikos)
raise SystemExit(0 if radicale == (False, True, False, True) and xandikos == (True, False, True, False) else 1)
PY
