"""A page on loopback that looks and works like a small Slack beside a small PagerDuty, with the real bot behind it."""

from sandbox.browser.manifest import features_of
from sandbox.browser.ports import Beside, ClockPort, Command, Delivery, Features, ReceiverPort, Shortcut, Step, TourPort
from sandbox.browser.server import serve

__all__ = [
    "Beside",
    "ClockPort",
    "Command",
    "Delivery",
    "Features",
    "ReceiverPort",
    "Shortcut",
    "Step",
    "TourPort",
    "features_of",
    "serve",
]
