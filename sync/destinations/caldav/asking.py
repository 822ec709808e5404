"""What is asked of a CalDAV server, as XML."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape

_SPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"'
_WHOLE = "<d:prop><d:getetag/><c:calendar-data/></d:prop>"


def propfind(*names: str) -> str:
    """Properties by their names, such as ``d:displayname``."""
    return _document("d:propfind", f"<d:prop>{''.join(f'<{name}/>' for name in names)}</d:prop>")


def changes_since(token: str) -> str:
    """What changed since a token, with the events themselves where the server gives them at once (RFC 6578)."""
    level = "<d:sync-level>1</d:sync-level>"
    return _document("d:sync-collection", f"<d:sync-token>{escape(token)}</d:sync-token>{level}{_WHOLE}")


def events_from(start: datetime) -> str:
    """Every event that ends after ``start`` (RFC 4791)."""
    span = f'<c:time-range start="{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"/>'
    events = f'<c:comp-filter name="VEVENT">{span}</c:comp-filter>'
    wanted = f'<c:filter><c:comp-filter name="VCALENDAR">{events}</c:comp-filter></c:filter>'
    return _document("c:calendar-query", f"{_WHOLE}{wanted}")


def these_events(hrefs: Iterable[str]) -> str:
    """Events by their addresses (RFC 4791)."""
    listed = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
    return _document("c:calendar-multiget", f"{_WHOLE}{listed}")


def _document(root: str, inside: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><{root} {_SPACES}>{inside}</{root}>'
