#!/bin/sh
# highspy 1.16.0 (HiGHS).
#
# Good guess: after run() with the status "Optimal", getSolution() is the plan that getInfo().objective_function_value and
# the bound speak of; a feasible start given by setSolution() can only help.
# What happens: for the small program below the status is Optimal and the objective -220, which is right, but the values are
# those of the start, which cost -182. Without a start both are -220.
#
# Why it matters here: a plan would be called proven to be the best while a better one is known. Baton adds up the values,
# and asks again without a start where they are not what HiGHS says of them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet highspy==1.16.0
"$folder/venv/bin/python" - <<'PY'
import highspy
import numpy as np

INF = highspy.kHighsInf
COST = [0] * 12 + [16, 37, -3, 16, -63, -44, -23, -3] * 2
ROWS = [
    # columns with their factors, lower, upper: four shifts, one person or nobody (0, 2, 4, 8) each
    ({0: 1, 1: 1}, 1, 1),
    ({2: 1, 3: 1}, 1, 1),
    ({4: 1, 5: 1, 6: 1, 7: 1}, 1, 1),
    ({8: 1, 9: 1, 10: 1, 11: 1}, 1, 1),
    ({0: 1, 2: 1, 4: 1, 8: 1}, 0, 1),
    ({9: 1, 5: 1}, -INF, 1),
    ({10: 1, 6: 1}, -INF, 1),
    ({1: 1, 3: 1}, -INF, 1),
    ({11: 1, 7: 1}, -INF, 1),
    ({5: 1}, -INF, 0),
    ({6: 1}, -INF, 0),
    ({1: -1, 7: 1}, -INF, 0),
    ({5: 1, 9: 1, 12: -1, 13: -1}, 0, 0),
    ({6: 1, 10: 1, 14: -1, 15: -1}, 0, 0),
    ({1: 1, 3: 1, 7: 1, 11: 1, 16: -1, 17: -1, 18: -1, 19: -1}, 0, 0),
    ({5: 1, 9: 1, 20: -1, 21: -1}, 0, 0),
    ({6: 1, 10: 1, 22: -1, 23: -1}, 0, 0),
    ({1: 1, 3: 1, 7: 1, 11: 1, 24: -1, 25: -1, 26: -1, 27: -1}, 0, 0),
]
START = (1, 2, 7, 9)


def solved(with_start):
    highs, program = highspy.Highs(), highspy.HighsLp()
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1), ("mip_rel_gap", 0.0)):
        assert highs.setOptionValue(name, value) == highspy.HighsStatus.kOk
    program.num_col_, program.num_row_ = 28, len(ROWS)
    program.col_cost_, program.col_lower_, program.col_upper_ = np.array(COST, float), np.zeros(28), np.ones(28)
    program.row_lower_ = np.array([low for _, low, _ in ROWS], float)
    program.row_upper_ = np.array([high for _, _, high in ROWS], float)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.cumsum([0, *(len(parts) for parts, _, _ in ROWS)]).astype(np.int32)
    program.a_matrix_.index_ = np.array([column for parts, _, _ in ROWS for column in parts], np.int32)
    program.a_matrix_.value_ = np.array([value for parts, _, _ in ROWS for value in parts.values()], float)
    sorts = highspy.HighsVarType
    program.integrality_ = [sorts.kInteger] * 12 + [sorts.kContinuous] * 16
    highs.passModel(program)
    if with_start:
        highs.setSolution(len(START), np.array(START, np.int32), np.ones(len(START)))
    highs.run()
    values = highs.getSolution().col_value
    cost = sum(one * value for one, value in zip(COST, values, strict=True))
    return highs.modelStatusToString(highs.getModelStatus()), highs.getInfo().objective_function_value, cost


alone, started = solved(False), solved(True)
print("without a start: %s, objective %.0f, values add up to %.0f" % alone)
print("with a start:    %s, objective %.0f, values add up to %.0f" % started)
raise SystemExit(0 if alone == ("Optimal", -220, -220) and started == ("Optimal", -220, -182) else 1)
PY
