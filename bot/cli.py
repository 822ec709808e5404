"""The command line: ``baton run``, ``demo``, ``worker``, ``migrate``, ``doctor``.

What a command needs is imported when it is given: all of Baton takes a second, which ``--version`` and ``--help`` don't
need.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import version

if TYPE_CHECKING:
    from bot.settings import Settings

app = typer.Typer(
    help="On-call schedules in Slack, kept in step with PagerDuty.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they hold tokens
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"baton {version.described()}")
        raise typer.Exit


@app.callback()
def baton(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """On-call schedules in Slack, kept in step with PagerDuty."""


Paused = Annotated[
    bool, typer.Option("--paused", help="Pause every destination before PagerDuty is touched; admins choose in Slack.")
]


@app.command()
def run(paused: Paused = False) -> None:
    """Serve Slack: Socket Mode when SLACK_APP_TOKEN is set, HTTP otherwise."""
    from bot.run import serve

    _go(serve(_settings(), paused=paused))


@app.command()
def worker(paused: Paused = False) -> None:
    """Refresh destinations and send notices without serving Slack; beside `baton run`, on PostgreSQL."""
    from bot.run import serve

    _go(serve(_settings(), with_slack=False, paused=paused))


Finish = Annotated[
    bool, typer.Option("--finish", help="No process of an older version runs any more: take away what those needed.")
]


@app.command()
def migrate(finish: Finish = False) -> None:
    """Bring the database to the newest revision, and its secrets under the newest encryption key."""
    from bot.parts import open_database, open_secrets, trouble_named
    from bot.reseal import reseal

    settings = _settings()

    async def go() -> None:
        database = open_database(settings)
        secrets = open_secrets(settings) if settings.encryption_keys else None
        try:
            with trouble_named():
                await database.migrate(finish=finish)
                current, _newest = await database.revision()
                _trouble, left = await database.queue()
            typer.echo(f"The database is at revision {current}.")
            if left:
                typer.echo("Once no process of an older version runs any more: `baton migrate --finish`.")
            if secrets is not None:
                sealed = await reseal(database, secrets)
                typer.echo(f"Under the newest encryption key: {sealed.done} secrets; unreadable: {sealed.unreadable}.")
                if sealed.unreadable:
                    typer.echo(
                        "Is BATON_ENCRYPTION_KEYS the same for every process, and are former keys in it?", err=True
                    )
        finally:
            await database.close()

    _go(go())


@app.command()
def doctor() -> None:
    """Check the settings, the database, the keys, Slack and every connection. Changes nothing and leaves no file."""
    from rich.console import Console

    from bot import doctor as health
    from bot import logs

    settings = _settings()
    logs.configure("ERROR", settings.secrets())

    async def go() -> bool:
        return await health.examine(settings, Console())

    if not _go(go()):
        raise typer.Exit(1)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Walk the tour without a browser, and end.")] = False,
    port: Annotated[int, typer.Option("--port", help="Of the page; 0 takes a free one.")] = 0,
) -> None:
    """Try everything in a browser, with a sandbox of Slack and PagerDuty on this machine."""
    words = ["--port", str(port), *(["--once"] if once else [])]
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", "demo", *words])  # noqa: S606 - our own interpreter


def _settings() -> Settings:
    from pydantic import ValidationError

    from bot.settings import Settings, misspelt, sentences

    try:
        return Settings()  # pyright: ignore[reportCallIssue] - values come from the environment
    except ValidationError as error:
        from bot.doctor import names

        for sentence in [*sentences(error), *misspelt(names())]:
            _complain("[red]✗[/]", sentence, soft_wrap=True)
        raise typer.Exit(2) from None


def _go(work: Coroutine[Any, Any, Any]) -> Any:
    from bot.parts import CannotStart

    try:
        return asyncio.run(work)
    except CannotStart as error:
        _complain("[red]Baton can't start.[/]", str(error))
        raise typer.Exit(2) from None


def _complain(mark: str, sentence: str, *, soft_wrap: bool = False) -> None:
    from rich.console import Console  # which takes a while, and most starts have nothing to say
    from rich.markup import escape

    console = Console(stderr=True)  # in a log a sentence is one line
    whole = soft_wrap or not console.is_terminal
    console.print(f"{mark} {escape(sentence)}", highlight=False, soft_wrap=whole)


def main() -> None:
    app()
