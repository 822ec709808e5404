#!/bin/sh
# highspy 1.16.0 (HiGHS).
#
# Good guess: an option that can't be set is refused with an exception, as everywhere in Python; and 10.0 is as good as 10,
# since setOptionValue takes 1 for an option that is a float.
# What happens: setOptionValue("mip_max_nodes", 10.0) sets nothing. It returns HighsStatus.kError, which nobody looks at,
# and says why on the log, which is switched off by the usual first line of a program (output_flag False). The same goes
# for a name with a typing error. The solve then runs with no limit, and comes to its end with the status "Optimal".
#
# Why it matters here: the limit of nodes is what makes two equal problems have equal plans. Read from JSON or made by a
# division it would be a float, and silently not be there. Baton sets whole numbers, and a test looks at what is set.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet highspy==1.16.0
"$folder/venv/bin/python" - <<'PY'
import highspy

highs = highspy.Highs()
highs.setOptionValue("output_flag", False)
seen = {}
for name, value in (("mip_rel_gap", 0), ("mip_max_nodes", 10), ("mip_max_nodes", 10.0), ("mip_max_nodez", 10)):
    status = highs.setOptionValue(name, value)
    seen[name, repr(value)] = status == highspy.HighsStatus.kOk
    print(f"{name} = {value!r}: {status}, no exception")
fresh = highspy.Highs()
fresh.setOptionValue("output_flag", False)
fresh.setOptionValue("mip_max_nodes", 10.0)
print("mip_max_nodes is then", fresh.getOptionValue("mip_max_nodes")[1])
expected = [True, True, False, False]
raise SystemExit(0 if [*seen.values()] == expected and fresh.getOptionValue("mip_max_nodes")[1] == 2147483647 else 1)
PY
