"""From an answer that says no to an exception whose text tells an admin what to do.

401               CredentialRefused   the user name or the app password is wrong
403               CredentialRefused   the user may only read, or not see this
404, 410          ScheduleGone        the calendar was deleted
412               Overtaken           somebody was there first
507               NoRoom              the server takes no more
everything else   Refused             with the number
"""

from __future__ import annotations

from sync.ports import CredentialRefused, Overtaken, Refused, RemoteError, ScheduleGone

GONE = (404, 410)
READING = ("PROPFIND", "REPORT", "GET")


class NoRoom(Refused):
    """The server keeps no more for this user."""


def gone() -> ScheduleGone:
    return ScheduleGone("The calendar was deleted, or this user can't see it. Link another one.")


def overtaken() -> Overtaken:
    return Overtaken("Somebody changed the event in the calendar meanwhile; it is looked at again.")


def refusal(method: str, status: int, host: str) -> RemoteError:
    """The exception for an answer that says no; ``host`` is the server's name."""
    if status == 401:
        why = f"{host} does not accept the user name or the app password."
        return CredentialRefused(f"{why} Enter them again in /oncall connections.", f"{why} Check both.")
    if status == 403:
        may = "may not read this" if method in READING else "may only read this calendar"
        why = f"This user of {host} {may}."
        return CredentialRefused(
            f"{why} Give the user more rights there, or enter another one in /oncall connections.",
            f"{why} Check the address, give the user more rights there, or enter another user.",
        )
    if status in GONE:
        return gone()
    if status == 412:
        return overtaken()
    if status == 507:
        return NoRoom(f"{host} has no room left for this user. Make room there; it is tried again by itself.")
    return Refused(f"{host} refused this (HTTP {status}).")
