"""A PagerDuty account on this machine: the REST API as far as schedules go, with its quirks, limits and bad days.

    async with PagerDutySandbox.start() as pd:                # a seeded world behind real sockets; tls=True for https
        key = pd.world.account.add_key()
        schedule = pd.world.account.add_schedule("Primary", "Europe/Berlin", layers=[weekly_layer([...], start)])
        pd.world.faults.next(Fault.COMMIT_THEN_DROP, method="POST", path_contains="/overrides")
        ...                                                   # talk to pd.api_url with the key

`InProcessTransport(world)` gives an httpx client the same API without sockets. How the parts lie:

    server, transport ─► api (key, rate limit, fault, rights) ─► routes ─► v2/ layers, v3/ shifts ─► world
    control (people, clock, faults, switches) ──────────────────────────────────────────────────────────┘

Each request is answered by one synchronous function from a request to a reply on the world's state. Where PagerDuty's
behaviour is not documented, `Switches` names the choice. An account's own methods act as people do in the web page.
"""

from sandbox.pagerduty.clock import Clock
from sandbox.pagerduty.faults import Fault
from sandbox.pagerduty.server import PagerDutySandbox
from sandbox.pagerduty.switches import Batch, OmittedLayers, OverLimit, PastStart, RunningOverride, Switches
from sandbox.pagerduty.transport import InProcessTransport
from sandbox.pagerduty.world import World, layer, weekly_layer

__all__ = [
    "Batch",
    "Clock",
    "Fault",
    "InProcessTransport",
    "OmittedLayers",
    "OverLimit",
    "PagerDutySandbox",
    "PastStart",
    "RunningOverride",
    "Switches",
    "World",
    "layer",
    "weekly_layer",
]
