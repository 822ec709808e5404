#!/bin/sh
# hypothesis 6.170.15.
# A good guess: the same seed tells the same examples of the same test, whatever else was imported or ran before.
# What happens: about one value in twenty is drawn from the constants of whatever local modules are imported by then
# (providers.py, _get_local_constants), so the same seed gives other examples once another module of the project was
# imported; the generators of numbers differ from there on as well.
# Why it matters here: a history that a seed finds alone is not found in a whole run of the tests, where other test
# modules were imported before. A run that is to be the same has to clear and close that list.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "hypothesis==6.170.15"
printf 'NUMBER = 987654321\nOTHER = 123454321\n' > "$folder/another_module.py"
cat > "$folder/told.py" <<'P'
import sys

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

if sys.argv[1] == "with":
    import another_module  # noqa: F401

told = []


@seed(7)
@settings(max_examples=200, database=None, phases=[Phase.generate], derandomize=False)
@given(st.integers())
def tell(number):
    told.append(number)


tell()
print(len(told), sum(number % 1_000_003 for number in told), 987654321 in told)
P
cd "$folder"
alone=$(venv/bin/python told.py without)
again=$(venv/bin/python told.py without)
beside=$(venv/bin/python told.py with)
echo "seed 7, alone (how many, a sum over them, whether 987654321 is one):        $alone"
echo "seed 7, alone once more:                                                    $again"
echo "seed 7, with a module imported that holds that number and has no other use: $beside"
[ "$alone" = "$again" ] && [ "$alone" != "$beside" ]
