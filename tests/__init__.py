"""The tests of Baton; CONTRIBUTING.md says which kind lies where."""

import zonedata

zonedata.use_newest()  # before anything else is imported
