"""Measurements of Baton against its peers, in one run on one machine: ``python -m benchmarks [name ...]``.

Every module here with a ``run() -> Report`` is a benchmark. Both sides of a comparison run interleaved, so that
whatever else the machine does hits both, and are first checked to give the same answer.
"""

import zonedata

zonedata.use_newest()  # before anything else is imported
