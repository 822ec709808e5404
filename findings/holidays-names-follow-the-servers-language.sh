#!/usr/bin/env bash
# holidays 0.109, Python 3.11.
# Good guess: `country_holidays("DE")` gives German names, since its `default_language` is "de", and the same names on every
#   machine; a `language` that the country lacks is refused or is the default.
# What happens: without `language`, and with one that the country lacks, gettext is asked for the process' own language. Under
#   LANG=C the names are German, under LANG=C.UTF-8 (the usual one in containers) they are those of en_US, under uk_UA
#   Ukrainian. No error, no warning.
# Why it matters here: names are stored, shown and chosen by. `pop_named("Neujahr")` takes a day off the list on one machine and
#   raises KeyError on another. services/availability/public_holidays.py names a language each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check holidays==0.109 2>/dev/null
cat > "$folder/look.py" <<'PYTHON'
import os
from datetime import date

import holidays

NEW_YEAR = date(2026, 1, 1)
without = holidays.country_holidays("DE", years=2026)
unknown = holidays.country_holidays("DE", years=2026, language="fr")
named = holidays.country_holidays("DE", years=2026, language="de")
try:
    without.pop_named("Neujahr", lookup="exact")
    popped = "found"
except KeyError:
    popped = "KeyError"
names = [holidays.country_holidays("DE", years=2026)[NEW_YEAR], unknown[NEW_YEAR], named[NEW_YEAR], popped]
print(f"{os.environ['LANG']:12}", " | ".join(names))
PYTHON
echo "LANG          no language | language='fr', which Germany lacks | language='de' | pop_named('Neujahr')"
seen=$(for lang in C C.UTF-8 uk_UA.UTF-8; do env -u LANGUAGE -u LC_ALL -u LC_MESSAGES LANG=$lang PYTHONUTF8=1 "$folder/venv/bin/python" "$folder/look.py"; done)
echo "$seen"
expected="C            Neujahr | Neujahr | Neujahr | found
C.UTF-8      New Year's Day | New Year's Day | Neujahr | KeyError
uk_UA.UTF-8  Новий рік | Новий рік | Neujahr | KeyError"
[ "$seen" = "$expected" ]
