"""The way to PagerDuty and back, with everything that can happen on it besides PagerDuty's own faults.

Every request passes two points: before it is carried out, and after that but before its reply is heard. A
:class:`Fuse` counts points, those of the database's commits too, and when it burns down the process dies there
(:class:`Crash`) or is overtaken: time passes its lease, another worker does the whole job, and only then it goes on.
A :class:`Witness` is told what every write changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from sandbox.pagerduty import InProcessTransport, World


class Crash(BaseException):
    """The process died. Nothing may catch this but the one who lights the fuse."""


class Witness(Protocol):
    def meant(self, request: httpx.Request) -> None: ...

    def before(self, request: httpx.Request) -> None: ...

    def after(self, request: httpx.Request) -> None: ...


@dataclass(slots=True)
class Fuse:
    """Burns by one at every point, or at those alone that are named by ``at``; ``left`` None is not lit. ``overtake``
    runs instead of a crash where it is set."""

    left: int | None = None
    at: str = ""
    overtake: Callable[[], Awaitable[None]] | None = None
    burnt: list[str] = field(default_factory=list)

    def burns_down(self, where: str) -> bool:
        if self.left is None or self.at not in where:
            return False
        self.left -= 1
        if self.left >= 0:
            return False
        self.left = None
        self.burnt.append(where)
        return True

    def at_commit(self, where: str) -> None:
        if self.overtake is None and self.burns_down(where):
            raise Crash(where)

    async def at_call(self, where: str) -> None:
        if not self.burns_down(where):
            return
        if self.overtake is None:
            raise Crash(where)
        overtake, self.overtake = self.overtake, None
        await overtake()

    def put_out(self) -> None:
        self.left, self.at, self.overtake = None, "", None


class Wire(httpx.AsyncBaseTransport):
    """The sandbox without sockets, watched and endangered."""

    def __init__(self, world: World, fuse: Fuse, witness: Witness) -> None:
        self._inner = InProcessTransport(world)
        self._fuse = fuse
        self._witness = witness

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        writes = request.method != "GET"
        self._witness.meant(request)
        await self._fuse.at_call(f"before {request.method}")
        if writes:
            self._witness.before(request)
        try:
            response = await self._inner.handle_async_request(request)
        finally:
            if writes:
                self._witness.after(request)
        await self._fuse.at_call(f"after {request.method}")
        return response
