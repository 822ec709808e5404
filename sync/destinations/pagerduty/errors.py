"""From a refusal of PagerDuty's to an exception whose text tells an admin what to do.

    401                                   CredentialRefused   the key or the region is wrong
    403                                   CredentialRefused   the key may only read, or not see this
    404 on a path of a schedule           ScheduleGone
    400 "layer-based" or "shift-based"    KindChanged         the schedule was upgraded
    400 code 2005                         RangeRefused        too long a stretch of time was asked for
    everything else                       Refused             in PagerDuty's own words

The details of an error come as a list, as an object of lists, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import httpx

from sync.ports import CredentialRefused, KindChanged, Refused, RemoteError, ScheduleGone

INVALID_RANGE = 2005
LONGEST_QUOTE = 500

_OTHER_KIND = re.compile(r"(layer|shift)-based", re.IGNORECASE)
_OTHER_REGION = {"us": "EU", "eu": "US"}


class RangeRefused(Refused):
    """PagerDuty doesn't answer for so long a stretch of time at once."""


def refusal(response: httpx.Response, region: str) -> RemoteError:
    """The exception for a reply that says no."""
    status, path = response.status_code, response.request.url.path
    words, code = explained(response)
    if status == 401:
        why = f"PagerDuty does not accept the key for the region {region.upper()}."
        other = f"choose the region {_OTHER_REGION.get(region, 'US')} if the account is there."
        return CredentialRefused(
            f"{why} Enter a new key in /oncall connections, or {other}", f"{why} Check the key, or {other}"
        )
    if status == 403:
        why = _forbidden(response.request.method, words)
        return CredentialRefused(
            f"{why} Enter a key with full access in /oncall connections.", f"{why} Enter a key with full access."
        )
    if status == 404 and "/schedules/" in path:
        return ScheduleGone("The PagerDuty schedule was deleted, or the key can't see it. Link another one.")
    if status == 400 and (kind := _OTHER_KIND.search(words)):
        return KindChanged(f"The PagerDuty schedule is {kind[0].lower()} now, which it was not when it was linked.")
    return (RangeRefused if code == INVALID_RANGE else Refused)(f"PagerDuty refused this: {words}")


def _forbidden(method: str, words: str) -> str:
    may = "may not read this" if method == "GET" else "may only read, or may not change this schedule"
    return f"The PagerDuty key {may} ({words})."


def explained(response: httpx.Response) -> tuple[str, int | None]:
    """What PagerDuty says about its refusal, and its error code."""
    try:
        body = response.json()
    except ValueError:
        body = None
    error: Any = cast(dict[str, Any], body).get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return (str(error) if error else f"HTTP {response.status_code}"), None
    known = cast(dict[str, Any], error)
    words = str(known.get("message") or f"HTTP {response.status_code}")
    details = detailed(known.get("errors"))
    return (f"{words}: {details}" if details else words)[:LONGEST_QUOTE], known.get("code")


def detailed(errors: Any) -> str:
    """The details of an error as one line."""
    return ", ".join(_pieces(errors))


def _pieces(errors: Any) -> Iterator[str]:
    if isinstance(errors, dict):
        for name, value in cast(dict[str, Any], errors).items():
            yield from (f"{name}: {piece}" for piece in _pieces(value))
    elif isinstance(errors, list):
        for value in cast(list[Any], errors):
            yield from _pieces(value)
    elif errors:
        yield str(errors)
