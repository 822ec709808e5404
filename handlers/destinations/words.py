"""What a refresh found and did, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from handlers.kit.blocks import Block, actions, beside, context, cut, lines, section
from handlers.people.matching_views import of_destination
from services.destinations.configuring import DestinationView
from services.kit.wording import counted, escape
from sync.core.model import Mode, Status
from sync.steps.report import Report

MODE_NAMES = {
    Mode.AUTHORITATIVE: "Authoritative",
    Mode.BIDIRECTIONAL: "Bidirectional",
    Mode.MANUAL_EXPORT: "Manual Export",
}
STATUS_NAMES = {
    Status.OK: ":large_green_circle: *OK*",
    Status.PENDING: ":white_circle: *Pending*",
    Status.WARNING: ":large_yellow_circle: *Warning*",
    Status.ERROR: ":red_circle: *Error*",
    Status.BLOCKED: ":no_entry: *Blocked*",
    Status.PAUSED: ":double_vertical_bar: *Paused*",
}
SHOWN_DESTINATIONS = 40
MOST_BLOCKS = 50
"""In a message."""


def link(destination: DestinationView) -> str:
    """The external schedule, to click on."""
    name = escape(cut(destination.external_name or destination.external_id, 200)).replace("|", "¦")
    return f"<{destination.external_url}|{name}>" if destination.external_url.startswith("http") else name


def assignee(destination: DestinationView) -> str:
    """The role that is exported; where several schedules write to one external schedule, of which of them."""
    role = escape(destination.role)
    if not destination.shared_with:
        return role
    others = escape(cut(", ".join(destination.shared_with), 200))
    return f"{role} of {escape(destination.schedule)}, shared with {others}"


def outcome(report: Report) -> str:
    """found N differences, wrote M, and what else there was."""
    written = report.created + report.changed + report.removed
    changed = f", {report.changed} changed" if report.changed else ""
    done = f"{report.created} created{changed}, {report.removed} removed"
    wrote = f"wrote {written} ({done})" if written else "wrote nothing"
    parts = [f"found {counted(report.differences, 'difference')}", wrote]
    if report.layers:
        parts.append("changed its layers")
    if report.imported:
        parts.append(f"imported {report.imported}")
    if report.waiting:
        parts.append(f"{report.waiting} waiting for an admin")
    return ", ".join(parts)


def status(state: Status, reason: str) -> str:
    """The status with its reason, which may quote an external system."""
    told = escape(cut(reason, 1000))
    if state is Status.PAUSED and told.startswith("Paused"):
        return f":double_vertical_bar: *Paused*{told.removeprefix('Paused')}"
    return f"{STATUS_NAMES[state]} – {told}" if told else STATUS_NAMES[state]


def standing_line(destination: DestinationView, report: Report | None) -> str:
    """How it stands after something was set up; what was written before anybody asked for a report is not counted."""
    name = f"{link(destination)} ({assignee(destination)})"
    return f"{name}. {status(report.status, report.reason)}" if report else name


def report_line(destination: DestinationView, report: Report | None, *, short: bool = False) -> str:
    """What a reconcile did; ``short`` leaves the status out, which is said once for several destinations."""
    name = f"• {link(destination)} ({assignee(destination)})"
    if report is None:
        return f"{name}: is being refreshed elsewhere, or was removed meanwhile"
    told = f"{name}: {outcome(report)}."
    if not short:
        told += f" {status(report.status, report.reason)}"
    if report.unknown:
        told += f"\n    {destination.system.start} does not know {', '.join(f'<@{user}>' for user in report.unknown)}"
    return told


def report_blocks(title: str, reports: Sequence[tuple[DestinationView, Report | None]]) -> list[Block]:
    """A line per destination below a title in mrkdwn."""
    often = Counter((r.status, r.reason) for _, r in reports if r and r.reason and r.status is not Status.OK)
    same = {standing: number for standing, number in often.items() if number > 1}
    shown = [
        report_line(destination, report, short=bool(report and (report.status, report.reason) in same))
        for destination, report in reports[:SHOWN_DESTINATIONS]
    ]
    if len(reports) > len(shown):
        shown.append(f"… and {len(reports) - len(shown)} more; `/oncall destinations` lists them all")
    shown += [f"{counted(number, 'destination')}: {status(*standing)}" for standing, number in same.items()]
    asking = [one for one, report in reports[:SHOWN_DESTINATIONS] if report is not None and report.unknown]
    told = lines([title, *shown])
    return [*told, *_matching(asking, MOST_BLOCKS - len(told))]


def _matching(asking: Sequence[DestinationView], room: int) -> list[Block]:
    """A button for each destination where somebody is not known; how to reach those that there is no room for."""
    if len(asking) == 1:
        return [actions(f"match:{asking[0].id}", of_destination(asking[0].id))]
    shown = asking if len(asking) <= room else asking[: room - 1]
    blocks = [
        beside(section(f"Who is not known at {link(one)} ({assignee(one)})?"), of_destination(one.id)) for one in shown
    ]
    left = len(asking) - len(shown)
    more = f"{counted(left, 'more destination')} with people to match: *Match person* in `/oncall destinations`"
    return [*blocks, *([context(more)] if left else [])]


def report_text(title: str, reports: Sequence[tuple[DestinationView, Report | None]]) -> str:
    """The short form, for notifications and screen readers."""
    known = [report for _destination, report in reports if report is not None]
    found = counted(sum(report.differences for report in known), "difference")
    written = sum(report.created + report.changed + report.removed for report in known)
    return f"{title} {found} found, {written} written."
