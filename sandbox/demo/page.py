"""The page of the demo: served on loopback, and shown where there is a desktop."""

from __future__ import annotations

import asyncio
import os
import sys
import sysconfig
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.browser import Beside, features_of, serve
from sandbox.demo.stage import Stage
from sandbox.demo.team import CHANNEL, YOU
from sandbox.demo.tour import Tour

MANIFESTS = (Path(__file__).parents[2] / "manifest.yml", Path(sysconfig.get_path("data")) / "share/baton/manifest.yml")
"""Beside the code, or where a wheel puts it."""


@asynccontextmanager
async def served(stage: Stage, tour: Tour, port: int = 0) -> AsyncIterator[str]:
    """Serve until the block ends; gives the address. Raises OSError when the port can't be had."""
    manifest = next((path.read_text(encoding="utf-8") for path in MANIFESTS if path.is_file()), "")
    beside = Beside(
        slack=stage.slack,
        pagerduty=stage.pagerduty,
        clock=stage.clock,
        tour=tour,
        receiver=stage.receiver,
        features=features_of(manifest),
        start_as=YOU,
        start_in=CHANNEL,
    )
    async with serve(beside, port) as url:
        yield url


async def show(url: str) -> None:
    """Open it in a browser, where one has a window."""
    if has_desktop(sys.platform, os.environ):
        await asyncio.to_thread(webbrowser.open, url)


def has_desktop(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether a browser can be shown here; elsewhere one in the terminal would take it over."""
    shown = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return platform in ("darwin", "win32") or shown
