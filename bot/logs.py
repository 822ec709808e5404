"""Logs: one line per event, and no secret in any of them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"xox[a-z]?-[\w-]+|xapp-[\w-]+|xoxe[.\w-]+|whsec_[\w+/=-]+"
    r"|(?<=token=)[\w+-]+|(?<=Bearer )[\w.+-]+|gAAAAA[\w-]{20,}=*"
)
REDACTED = "[redacted]"


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
    target = stream or sys.stderr
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=True) if target.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Redactor(secrets),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "apscheduler", "aiohttp.access", "slack_sdk", "slack_bolt", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
