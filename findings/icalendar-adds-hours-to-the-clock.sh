#!/bin/sh
# icalendar 7.3.0; Xandikos 0.4.10, which is built on it; and Radicale 3.9.0, which is built on vobject.
#
# Good guess: an event that begins at 22:00 and has DURATION:PT8H lasts eight hours. RFC 5545, 3.3.6: hours are exact, also
# over a change of clocks; only days and weeks are those of the clock.
# What happens: icalendar adds the eight hours to what the clock shows. Event.end is 06:00, which is seven hours after the
# beginning in spring and nine in autumn. So Xandikos does not find the event in its last hour, nor does Radicale.
#
# Why it matters here: night shifts are eight hours, and a person would be off call an hour early. Baton adds hours to the
# instant (sync/destinations/caldav/events.py).
set -eu
folder=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet icalendar==7.3.0 radicale==3.9.0 xandikos==0.4.10 tzdata
port() { "$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
one=$(port)
other=$(port)
"$folder/venv/bin/python" -m radicale --config "" --server-hosts "127.0.0.1:$one" --auth-type none --logging-level error \
  --storage-filesystem-folder "$folder/radicale" &
servers=$!
"$folder/venv/bin/python" -m xandikos serve --defaults -d "$folder/xandikos" -l 127.0.0.1 -p "$other" >/dev/null 2>&1 &
servers="$servers $!"
"$folder/venv/bin/python" - "http://127.0.0.1:$one/user/team/" "http://127.0.0.1:$other/user/calendars/team/" <<'PY'
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC

from icalendar import Calendar

HEADERS = {"Authorization": "Basic dXNlcjp4", "Depth": "1"}  # user:x; neither server asks for a password here
SPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'


def night(day: str) -> str:
    return f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:night
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:{day}T220000
DURATION:PT8H
SUMMARY:Night
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def hours(day: str) -> float:
    event = Calendar.from_ical(night(day)).events[0]
    return (event.end.astimezone(UTC) - event.start.astimezone(UTC)).total_seconds() / 3600


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


def found_in_its_last_hour(url: str) -> bool:
    wait_for(url)
    ask("MKCALENDAR", url, f"<c:mkcalendar {SPACES}/>")
    ask("PUT", url + "night.ics", night("20260328"), "text/calendar")
    span = '<c:comp-filter name="VEVENT"><c:time-range start="20260329T041500Z" end="20260329T044500Z"/></c:comp-filter>'
    wanted = f'<c:filter><c:comp-filter name="VCALENDAR">{span}</c:comp-filter></c:filter>'
    query = f"<c:calendar-query {SPACES}><d:prop><d:getetag/></d:prop>{wanted}</c:calendar-query>"
    return "night.ics" in ask("REPORT", url, query)


lasts = {name: hours(day) for name, day in (("winter", "20260110"), ("spring", "20260328"), ("autumn", "20261024"))}
print("PT8H lasts, by icalendar:", lasts)
radicale, xandikos = (found_in_its_last_hour(url) for url in sys.argv[1:])
print("the spring night is found in its eighth hour: Radicale", radicale, "Xandikos", xandikos)
same = lasts == {"winter": 8.0, "spring": 7.0, "autumn": 9.0} and not radicale and not xandikos
raise SystemExit(0 if same else 1)
PY
