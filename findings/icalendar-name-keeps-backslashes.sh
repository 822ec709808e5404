#!/usr/bin/env bash
# icalendar 7.3.0 (Python 3.11) and ical.js 2.2.1, Thunderbird's (Node 20 or newer); needs npm.
# Good guess: NAME, a calendar's name by RFC 7986, is text like SUMMARY and DESCRIPTION: what was escaped as the RFC has it
#   (`NAME:Payroll\, EU`) is read back as `Payroll, EU`.
# What happens: both libraries know NAME as nothing in particular and leave it as it is written, backslashes and all, while
#   they read DESCRIPTION, of the same calendar and the same RFC, as text. icalendar offers it as `calendar_name` all the
#   same, and what one sets there it writes without escaping.
# Why it matters here: a schedule called "Payroll, EU" would have a calendar called "Payroll\, EU" in apps that use them,
#   or one that says less than the RFC where it is written as they read it. So the names of Baton's calendars have none of
#   these characters.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check icalendar==7.3.0 2>/dev/null
npm install --prefix "$folder" --no-save --no-package-lock --no-audit --no-fund --silent ical.js@2.2.1

printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 'PRODID:-//a//b//EN' 'NAME:Payroll\, EU' 'DESCRIPTION:Payroll\, EU' \
    BEGIN:VEVENT UID:1 DTSTAMP:20260101T000000Z DTSTART:20260101T000000Z DTEND:20260101T010000Z END:VEVENT \
    END:VCALENDAR >"$folder/a.ics"

python=$("$folder/venv/bin/python" - "$folder/a.ics" <<'PY'
import sys
from icalendar import Calendar

found = Calendar.from_ical(open(sys.argv[1], "rb").read())
made = Calendar()
made.calendar_name = "Payroll, EU"
print(found.calendar_name, found["DESCRIPTION"], made.to_ical().decode().split("\r\n")[1], sep=" | ")
PY
)
javascript=$(node --input-type=module --eval "
import ICAL from 'file://$folder/node_modules/ical.js/dist/ical.js';
import { readFileSync } from 'node:fs';
const found = new ICAL.Component(ICAL.parse(readFileSync('$folder/a.ics', 'utf8')));
console.log(['name', 'description'].map((one) => found.getFirstPropertyValue(one)).join(' | '));
")
echo "icalendar: NAME, DESCRIPTION, and NAME as it is written: $python"
echo "ical.js: NAME, DESCRIPTION: $javascript"
[[ $python == 'Payroll\, EU | Payroll, EU | NAME:Payroll, EU' && $javascript == 'Payroll\, EU | Payroll, EU' ]]
