"""Schedules: made, found, changed, archived; their roles; what is on call at a glance."""
