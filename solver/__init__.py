"""Has shifts dealt by an exact solver, in a process of its own.

What a problem and a plan are is decided in :mod:`oncall.fairness`. The solver's library takes tens of megabytes and a
while to load, and has no business where people are answered: it is imported nowhere but in the child process
(``python -m solver``), which :mod:`solver.child` starts, watches and ends.
"""
