#!/usr/bin/env bash
# holidays 0.109, Python 3.11.
# Good guess: for a country that the library lists, a year has its public holidays, or asking for it is refused.
# What happens: for a year after the country's `end_year` (2026 for Sri Lanka, 2100 for most) the answer is an empty list, the
#   same as for a country without holidays. No error, no warning; `date in holidays` is False for New Year as for any day.
# Why it matters here: schedules are made ahead, and in autumn "next year" is the usual question. A plan that shares holidays
#   evenly would see none. `/oncall away` says until when a country's holidays are known.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check holidays==0.109 2>/dev/null
cat > "$folder/look.py" <<'PYTHON'
import sys
import warnings

import holidays

warnings.simplefilter("error")
seen = {}
for country in ("LK", "DE"):
    for year in (2026, 2027):
        days = holidays.country_holidays(country, years=year)
        seen[country, year] = len(days)
        print(f"{country} {year}: {len(days):2} holidays, end_year {days.end_year}, listed: {country in holidays.list_supported_countries()}")
sys.exit(0 if seen["LK", 2026] > 20 and seen["LK", 2027] == 0 and seen["DE", 2027] > 5 else 1)
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
