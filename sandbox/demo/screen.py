"""The terminal: steps in plain words, what Slack shows in panels, PagerDuty's schedule as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.emoji import Emoji
from rich.json import JSON
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sandbox.client import Message, Modal
from sandbox.client.pagerduty import OnCall

WIDTH = 100
SLACK_EMOJI = {":large_green_circle:": "🟢", ":large_yellow_circle:": "🟡", ":double_vertical_bar:": "⏸"}


class Screen:
    """``zone`` is the one in which times are shown."""

    def __init__(self, zone: str) -> None:
        self._console = Console(highlight=False)
        self._zone = ZoneInfo(zone)
        self._step = 0

    @property
    def _width(self) -> int:
        return min(WIDTH, self._console.width)

    def opening(self) -> None:
        self._console.print(Rule("[bold]Baton: on-call schedules in Slack, kept in step with PagerDuty"))
        self._console.print("\nA Slack workspace and a PagerDuty account start on this machine, and nothing else does.")
        self._console.print("First a team sets itself up in Slack:")

    def step(self, title: str, text: str) -> None:
        """The next step of the tour."""
        self._step += 1
        self._console.print(f"\n[bold cyan]{self._step}.[/] [bold]{title}[/]")
        self._console.print(_indented(Text(text, style="dim")), width=self._width)

    def does(self, who: str, what: str) -> None:
        self._console.print(f"   [green]{who}[/] {what}")

    def good(self, text: str) -> None:
        self._console.print(f"   [green]✓[/] {text}")

    def modal(self, who: str, modal: Modal) -> None:
        body = self._form(modal) if modal.fields else Text(_shown(modal))
        self._panel(body, f"{modal.title} · {who}'s screen", "cyan")

    def message(self, who: str, message: Message) -> None:
        seen = f"only {who} sees this" if message.ephemeral else f"to {who}"
        self._panel(Text(_emoji(message.shown)), f"Baton · {seen}", "magenta")

    def _panel(self, body: Text | Table | JSON, title: str, color: str) -> None:
        panel = Panel(body, title=title, title_align="left", border_style=color, width=self._width - 3)
        self._console.print(_indented(panel))

    def json(self, title: str, value: Any) -> None:
        """What somebody received."""
        self._panel(JSON(json.dumps(value)), title, "yellow")

    def schedule(self, title: str, entries: Sequence[OnCall]) -> None:
        """Who is on call in PagerDuty."""
        table = Table(
            title=f"{title} [dim](times in {self._zone.key})[/]",
            title_justify="left",
            title_style="bold",
            width=self._width - 3,
        )
        for heading in ("from", "to", "on call"):
            table.add_column(heading)
        for start, end, user in entries:
            table.add_row(self._time(start), self._time(end), user)
        self._console.print(_indented(table))

    def _form(self, modal: Modal) -> Table:
        """What has been typed and chosen, and the buttons below."""
        form = Table.grid(padding=(0, 2))
        for label, value in modal.fields.items():
            form.add_row(Text(label, style="dim"), Text(self._typed(value)))
        buttons = [f"[{text}]" for text in (modal.close, modal.submit) if text]
        form.add_row("", Text(" ".join(buttons), style="bold"))
        return form

    def _typed(self, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(map(self._typed, cast("list[Any]", value)))
        return self._time(value) if isinstance(value, datetime) else str(value or "–")

    def _time(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._zone):%a %d %b %H:%M}"

    def where_to_look(self, page: str, pagerduty_url: str, log: Path) -> None:
        self._console.print(Rule())
        self._console.print(f"[bold]Open {page}[/]", soft_wrap=True)
        self._console.print("A small Slack beside a small PagerDuty, with the real bot between them and a guided tour.")
        self._console.print(f"  PagerDuty's API  {pagerduty_url}", style="dim")
        self._console.print(f"  the bot's log    {log}", style="dim", soft_wrap=True)
        self._console.print("Everything stays up until Ctrl-C.")

    def failed(self, reason: str, log_lines: Sequence[str]) -> None:
        self._console.print(f"\n[bold red]✗ Not as expected:[/] {Text(_emoji(reason)).markup}")
        if log_lines:
            self._console.print("\nThe end of the bot's log:", style="dim")
            for line in log_lines:
                self._console.print(Text(f"  {line}", style="dim"), soft_wrap=True)


def _shown(modal: Modal) -> str:
    """The modal without its title, buttons that stand together in one line."""
    return _emoji(modal.text.removeprefix(modal.title).strip().replace("]\n[", "] ["))


def _emoji(text: str) -> str:
    for name, picture in SLACK_EMOJI.items():
        text = text.replace(name, picture)
    return Emoji.replace(text)


def _indented(shown: Panel | Table | Text) -> Table:
    """Beside a margin. Folding, because Rich takes a line for too long by a character where a picture is two wide."""
    frame = Table.grid()
    frame.add_column()
    frame.add_column(overflow="fold")
    frame.add_row("   ", shown)
    return frame
