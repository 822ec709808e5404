"""A PagerDuty account on this machine: the REST API as far as schedules go, with its quirks, limits and bad days."""

from sandbox.pagerduty.clock import Clock
from sandbox.pagerduty.faults import Fault
from sandbox.pagerduty.server import PagerDutySandbox
from sandbox.pagerduty.switches import OmittedLayers, OverLimit, PastStart, Switches
from sandbox.pagerduty.transport import InProcessTransport
from sandbox.pagerduty.world import World, layer, weekly_layer

__all__ = [
    "Clock",
    "Fault",
    "InProcessTransport",
    "OmittedLayers",
    "OverLimit",
    "PagerDutySandbox",
    "PastStart",
    "Switches",
    "World",
    "layer",
    "weekly_layer",
]
