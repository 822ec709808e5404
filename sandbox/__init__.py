"""A Slack workspace and a PagerDuty account on loopback, for the demo and the tests."""

import zonedata

zonedata.use_newest()  # before anything else is imported
