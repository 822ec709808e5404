#!/usr/bin/env bash
# icalendar 7.3.0, Python 3.11.
# Good guess: `Calendar.from_ical` takes bytes so that it can unfold them as RFC 5545 says (3.1: lines may have been folded
#   between the octets of one UTF-8 character, and implementations need to restore it).
# What happens: the bytes are decoded first and unfolded afterwards, so each half becomes U+FFFD. Nothing is raised, and nothing
#   stands in `errors`. Unfolding the bytes oneself before handing them over keeps the character.
# Why it matters here: programs that count octets, 75 to a line, fold wherever the 75th falls; a name or a word that is looked
#   for is then another one. services/availability/calendar_text.py unfolds the bytes itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check icalendar==7.3.0 2>/dev/null
cat > "$folder/look.py" <<'PYTHON'
import re
import sys

from icalendar import Calendar

LINES = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z"]
TITLE = "SUMMARY:" + "x" * 66 + "Überführung"


def folded(line: str) -> bytes:
    """75 octets, a line break and a space, 74 octets, and so on."""
    octets = line.encode()
    rest = [octets[start : start + 74] for start in range(75, len(octets), 74)]
    return b"\r\n ".join([octets[:75], *rest])


whole = [*(line.encode() for line in LINES), b"DTSTART:20260101T100000Z", TITLE.encode(), b"END:VEVENT", b"END:VCALENDAR", b""]
cut = [folded(line.decode()) for line in whole]
titles = []
for name, body in (
    ("not folded", b"\r\n".join(whole)),
    ("folded at 75 octets", b"\r\n".join(cut)),
    ("unfolded as bytes first", re.sub(rb"\r\n[ \t]", b"", b"\r\n".join(cut))),
):
    calendar = Calendar.from_ical(body)
    event = calendar.events[0]
    titles.append(str(event["SUMMARY"]).lstrip("x"))
    print(f"{name:24} {titles[-1]!r}, errors: {calendar.errors + event.errors}")
sys.exit(0 if titles == ["Überführung", "\ufffd\ufffdberführung", "Überführung"] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
