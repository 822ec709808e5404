"""Runs Baton: settings, command line, Slack app, HTTP pages, jobs and the clock, wiring."""

import zonedata

zonedata.use_newest()  # before anything else is imported
