"""Calendars on CalDAV servers."""
