"""Logging to standard error, for people or for machines.

What is logged says ids, states and counts, never a prompt. Should a token get into a line all the
same, it is blacked out at the last moment, in messages and in tracebacks.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Literal

from bot.core.errors import EaselError

TOKEN = re.compile(
    r"(xox[a-z]-|xoxe\.xox[a-z]-|xapp-|\bsk_)[A-Za-z0-9_-]{4,}"  # Slack's tokens, Pixapi's keys
    r"|(hooks\.slack[^/\s]*/[a-z]+/)[^\s\"']+"  # a response_url lets anybody answer
    r"|(\bBearer )[^\s\"']+"
    r"|(://[^:/@\s]*:)[^@/\s]+(?=@)"  # the password in a database's address
)
FOREIGN = (
    "aiohttp",
    "alembic",
    "asyncio",
    "httpcore",
    "httpx",
    "procrastinate",
    "psycopg",
    "slack_bolt",
    "slack_sdk",
)
"""At `info` these log addresses and bodies of requests, prompts among them."""

REPEATED = 60.0  # seconds

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


def redact(text: str) -> str:
    """The text with everything that is shaped like a secret blacked out."""
    return TOKEN.sub(lambda found: next(filter(None, found.groups())) + "[redacted]", text)


class TextFormatter(logging.Formatter):
    """One line for people; `extra` values follow as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, with its traceback below."""
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        # One record, one line: what others wrote cannot start a line that looks like ours.
        line = redact(f"{record.name}: {record.getMessage()}{extra}").translate(_CONTROLS)
        trace = f"\n{redact(self.formatException(record.exc_info))}" if record.exc_info else ""
        return f"{_time(record)} {record.levelname:<7} {line}{trace}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line; `extra` values are fields of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, its traceback in `error`."""
        fields = {
            **{name: _plain(value) for name, value in _extra(record).items()},
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            fields["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def set_up(level: str, style: Literal["text", "json"]) -> None:
    """Send logs of this level and above to standard error; a second call replaces the first."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    handler.addFilter(_shorten)
    if level != "debug":
        handler.addFilter(_quieten)
        handler.addFilter(_Repeated())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _shorten(record: logging.LogRecord) -> bool:
    """Trouble that passes is a line: a full disk would bring a traceback from all that runs."""
    error = record.exc_info[1] if record.exc_info else None
    if record.name.startswith("bot.") and isinstance(error, EaselError | OSError):
        record.msg, record.args = f"{record.getMessage()}: {error}", None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
    return True


def _quieten(record: logging.LogRecord) -> bool:
    """Of other people's libraries, only warnings and errors, without tracebacks.

    Here and not by their loggers' levels: Bolt sets the level of its own from the root's.
    """
    if record.name.partition(".")[0] not in FOREIGN:
        return True
    record.exc_info = None
    return record.levelno >= logging.WARNING


class _Repeated(logging.Filter):
    """Of other people's libraries, the same line not twice within a minute.

    Without a descriptor left asyncio says so a hundred times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, tuple[str, float]] = {}  # by logger: the line, and when

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is another one than the last."""
        if record.name.partition(".")[0] not in FOREIGN:
            return True
        line, (last, at) = record.getMessage(), self._last.get(record.name, ("", 0.0))
        if line == last and 0 <= record.created - at < REPEATED:
            return False
        self._last[record.name] = (line, record.created)
        return True


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | None) else redact(str(value))
