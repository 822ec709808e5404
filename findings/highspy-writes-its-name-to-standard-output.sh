#!/bin/sh
# highspy 1.16.0 (HiGHS).
#
# Good guess: with output_flag False (or silent()) a program's standard output is its own.
# What happens: the first Highs() of a process writes two lines there, "Running HiGHS …" and a note on licences, before any
# option can be set. It writes by C, so contextlib.redirect_stdout does not catch them.
#
# Why it matters here: a solving process that answers on standard output has these lines in its answer. Baton's process
# gives its first descriptor away before it loads the library, and keeps a copy of its own for plans.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet highspy==1.16.0
"$folder/venv/bin/python" - >"$folder/out" <<'PY'
import contextlib
import io

import highspy

with contextlib.redirect_stdout(io.StringIO()):
    highs = highspy.Highs()
    highs.silent()
    highspy.Highs().silent()
print('{"answer": 1}')
PY
cat "$folder/out"
test "$(grep -c '^Running HiGHS' "$folder/out")" = 1
