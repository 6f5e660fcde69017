"""Structured logs, one JSON object a line, in which personal data is masked.

Everything that logs through structlog or the standard library passes the same mask.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import IO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Mainland mobile numbers (11 digits from 1), resident identity numbers (GB 11643: 17 digits and
# a digit or X), account numbers (10 digits from 1), passwords inside addresses.
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_ACCOUNT = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{3})(?!\d)")
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]+@")

# What a customer wrote, is called or where one lives is never logged, nor is a secret.
_WITHHELD = frozenset(
    [
        "text",
        "message",
        "owner_name",
        "address",
        "phone",
        "code",
        "token",
        "secret",
        "password",
        "signature",
        "authorization",
        "cookie",
        "api_key",
        "private_key",
        "openid",
        "channel_user",
    ]
)
_WITHHELD_MARK = "***"

# Libraries that tell of each step they take: from them only what went wrong.
_TALKATIVE = ("procrastinate", "httpx", "rasa_sdk", "apscheduler", "matplotlib", "psycopg.pool")


def configure(process: str, level: str = "info", stream: IO[str] | None = None) -> None:
    """Log from ``level`` up to ``stream`` (standard error), each line naming ``process``."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _named(process),
                structlog.processors.format_exc_info,
                mask,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Withhold what is personal by its name, and hide the middle of numbers anywhere."""
    return {name: _masked(name, value) for name, value in event.items()}


def mask_text(text: str) -> str:
    """138****1234, 100****468, and no password of an address."""
    text = _PASSWORD.sub(rf"\1{_WITHHELD_MARK}@", text)
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _PHONE.sub(r"\1****\2", text)
    return _ACCOUNT.sub(r"\1****\2", text)


def _masked(name: str, value: object) -> object:
    if name in _WITHHELD and value is not None:
        return _WITHHELD_MARK
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_masked("", item) for item in value]
    if isinstance(value, int | float | bool) or value is None:
        return value if len(str(value)) < len("1000000001") else mask_text(str(value))
    return mask_text(str(value))


def _named(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"process": process, **event}

    return add
