"""Logs: one line per event, and no secret in any of them.

Libraries are heard from ``WARNING`` on, whatever the level: what they say below that quotes requests, parameters of SQL
and bodies. What they say above it is cut, so that nobody's payload fills the log.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import aiohttp
import structlog
from aiohttp.http_exceptions import HttpProcessingError

_SECRETS = re.compile(
    r"xox[a-z]?-[\w-]+|xapp-[\w-]+|xoxe[.\w-]+|whsec_[\w+/=-]+"
    r"|(?<=/calendar/)[\w-]+|(?<=token=)[\w+-]+|(?<=Bearer )[\w.+-]+|gAAAAA[\w-]{20,}=*"
)
REDACTED = "[redacted]"
OURS = ("bot", "handlers", "services", "sync", "notices", "oncall", "storage")
"""The packages whose loggers follow the configured level."""
SAID_BY_BATON = "slack_bolt.AsyncMultiTeamsAuthorization"
"""Names no workspace where a request came from one that has not installed Baton; ``bot.slack`` does."""
BROKEN_OFF = (OSError, TimeoutError, aiohttp.ClientError, HttpProcessingError)
"""What a web server's log is full of when people break connections off or send nonsense."""
LONGEST_FOREIGN_LINE = 500


class Redactor:
    """A structlog processor that takes secrets out of every text of an event, tracebacks included."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: self.clean(value) for key, value in event.items()}

    def clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._known:
                value = value.replace(secret, REDACTED)
            return _SECRETS.sub(REDACTED, value)
        if isinstance(value, dict):
            return {key: self.clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(item) for item in value]
        return value


def configure(level: str, secrets: Iterable[str] = (), *, stream: Any = None) -> None:
    """Send everything that is logged, by structlog or by a library, through one redacting formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.StackInfoRenderer(),
        Redactor(secrets),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(handler.stream, shared, secrets))
    handler.addFilter(_is_news)
    logging.getLogger().handlers[:] = [handler]
    _set_levels(level)


def _formatter(target: Any, shared: list[Any], secrets: Iterable[str]) -> logging.Formatter:
    """Colours for people at a terminal, JSON for machines."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=True) if target.isatty() else structlog.processors.JSONRenderer()
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _cut], processors=[remove, Redactor(secrets), renderer]
    )


def _set_levels(level: str) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    for package in OURS:
        logging.getLogger(package).setLevel(level.upper())
    logging.getLogger("storage.postgres.EldestFirst").setLevel(logging.WARNING)  # where SQLAlchemy's pool speaks
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # Baton says itself that the database is away
    logging.getLogger("aiohttp.server").filters[:] = [_is_our_fault]


def _is_news(record: logging.LogRecord) -> bool:
    return not (record.name == SAID_BY_BATON and str(record.msg).startswith("Although the app should be installed"))


def _is_our_fault(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, BROKEN_OFF)


def _cut(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's line, shortened; its traceback, if any, stays."""
    text = event.get("event")
    if isinstance(text, str) and len(text) > LONGEST_FOREIGN_LINE:
        event["event"] = f"{text[:LONGEST_FOREIGN_LINE]}… ({len(text)} characters)"
    return event
