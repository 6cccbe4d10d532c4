"""Logging: structured events on stderr, as text for people or JSON for machines. Standard output is for results."""

from __future__ import annotations

import logging
import sys
from typing import Protocol

import structlog


class LoggingSettings(Protocol):
    """What :func:`set_up_logging` reads of the settings."""

    @property
    def level(self) -> str:
        """``debug``, ``info``, ``warning`` or ``error``."""
        ...

    @property
    def format(self) -> str:
        """``text`` or ``json``."""
        ...


def set_up_logging(settings: LoggingSettings, *, quiet: bool = False, color: bool = False) -> None:
    """Configure structlog and the standard library's loggers for this process; ``quiet`` leaves errors only."""
    level = logging.ERROR if quiet else logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=color, pad_event_to=0)
    )
    errors: list[structlog.typing.Processor] = (
        [structlog.processors.dict_tracebacks] if settings.format == "json" else []
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "apscheduler", "aiosqlite", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
