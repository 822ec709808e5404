#!/bin/sh
# highspy 1.16.0 (HiGHS).
#
# Good guess: an exception in a callback comes out of run(), or the solver goes on without that callback.
# What happens: run() returns HighsStatus.kError, the model's status is "Solve error", and the exception is nowhere: not
# raised, not printed. The plan that the callback was told of a moment before is gone from the solver as well.
#
# Why it matters here: "tell me of each better plan" is the natural place to write to a pipe, which may be closed by then.
# A program that looks at the solution alone finds an objective of 0, which looks like a very good plan.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet highspy==1.16.0
"$folder/venv/bin/python" - 2>"$folder/errors" <<'PY'
import highspy
import numpy as np


def knapsack():
    """Sixteen things of which some may be taken; the best is worth more than nothing."""
    worth = np.array([31, 47, 23, 59, 61, 37, 43, 29, 53, 41, 67, 71, 19, 73, 17, 79], float)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = 16, 1
    program.col_cost_, program.col_lower_, program.col_upper_ = -worth, np.zeros(16), np.ones(16)
    program.row_lower_, program.row_upper_ = np.array([-highspy.kHighsInf]), np.array([301.0])
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.array([0, 16], np.int32)
    program.a_matrix_.index_ = np.arange(16, dtype=np.int32)
    program.a_matrix_.value_ = worth + 7
    program.integrality_ = [highspy.HighsVarType.kInteger] * 16
    return program


def solved(callback):
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.cbMipImprovingSolution.subscribe(callback)
    highs.passModel(knapsack())
    status = highs.run()
    return status, highs.modelStatusToString(highs.getModelStatus()), highs.getInfo().objective_function_value


def fails(event):
    raise BrokenPipeError("nobody reads this any more")


told = []
well = solved(lambda event: told.append(event.data_out.objective_function_value))
badly = solved(fails)
print("with a callback that works:", *well, "told of", len(told))
print("with one that raises:      ", *badly, "and no exception")
ok = well[1] == "Optimal" and told and badly[0] == highspy.HighsStatus.kError and badly[1] == "Solve error"
raise SystemExit(0 if ok and badly[2] == 0 > well[2] else 1)
PY
if grep -q "nobody reads" "$folder/errors"; then echo "the exception is printed now"; exit 1; fi
echo "standard error does not have the exception either"
