"""Where the engine gets its adapters: one per external system, by the kind of a connection."""

from __future__ import annotations

from collections.abc import Container, Mapping

from oncall.timeline import Interval
from sync.ports import PAGERDUTY, About, Account, Adapter, Board, CredentialRefused, Editor, Glimpse, LayerBoard, Names


class Systems:
    """Implements :class:`sync.ports.External`; ``others`` are systems beside PagerDuty, by their names."""

    def __init__(self, pagerduty: Adapter, others: Mapping[str, Adapter] | None = None) -> None:
        self._adapters: dict[str, Adapter] = {PAGERDUTY: pagerduty, **(others or {})}

    def account(self, connection_id: int, *, subdomain: str, region: str, key: str, system: str = PAGERDUTY) -> Editor:
        adapter = self._adapters.get(system)
        if adapter is None:
            raise CredentialRefused(f"Baton knows no system called {system!r}.")
        return adapter.account(subdomain=subdomain, region=region, key=key)

    def board(self, account: Account, external_id: str, kind: str, about: About | None = None) -> Board:
        return self._of(account).board(account, external_id, kind, about)

    def layer_board(self, account: Account, external_id: str) -> LayerBoard:
        return self._of(account).layer_board(account, external_id)

    async def look_at_all(
        self, account: Account, window: Interval, known: Container[str] = (), wanted: Names = None
    ) -> Mapping[str, Glimpse]:
        return await self._of(account).look_at_all(account, window, known, wanted)

    async def aclose(self) -> None:
        """Close every connection."""
        for adapter in self._adapters.values():
            await adapter.aclose()

    def _of(self, account: Account) -> Adapter:
        found = next((adapter for adapter in self._adapters.values() if adapter.owns(account)), None)
        if found is None:
            raise TypeError(f"not an account of any system: {type(account).__name__}")
        return found
