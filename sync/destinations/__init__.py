"""The external systems that shifts are exported to, one adapter per system."""

from sync.destinations.caldav.system import CalDav
from sync.destinations.pagerduty.system import PagerDuty
from sync.destinations.registry import Systems

__all__ = ["CalDav", "PagerDuty", "Systems"]
