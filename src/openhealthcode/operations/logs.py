"""The operational log: one JSON object a line, with ids and rule names and no personal value.

Whatever is told with our own loggers is a sentence without values; what varies goes into ``facts``.
Of an exception only its kind and the places it passed are told, and of other libraries' messages
only the sentence without what they would fill in: both may quote what a person entered.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request being answered, told with every line it causes."""

_OURS: Final = "openhealthcode"
_PLACES: Final = 12


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": _sentence(record),
        }
        if current := request_id.get():
            line["request"] = current
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= _failure(record.exc_info[1])
        return orjson.dumps(line, default=lambda value: type(value).__name__).decode()


_BLANK: Final = vars(logging.LogRecord("", logging.INFO, "", 0, "", None, None))


class Fact(logging.LogRecord):
    """A record that does not look for its caller, thread and process: no line tells them.

    Looking for them takes as long as all else that a line about a request costs.
    """

    def __init__(self, name: str, says: str, facts: dict[str, Any]) -> None:
        self.__dict__.update(_BLANK, name=name, msg=says, facts=facts, created=time.time())


def tell(logger: logging.Logger, says: str, facts: dict[str, Any]) -> None:
    """Tell a sentence with its facts at the level of information, as cheaply as can be."""
    if logger.isEnabledFor(logging.INFO):
        logger.handle(Fact(logger.name, says, facts))


class StandardError(logging.Handler):
    """Writes lines to standard error, those of one turn of the event loop at once.

    A write of its own for each line costs as much as making it. Warnings and what is told outside
    an event loop are written at once, with all that waits.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        self._waiting.append(self.format(record))
        can_wait = record.levelno < logging.WARNING
        if can_wait and len(self._waiting) > 1:
            return  # the write of this turn is ordered already
        try:
            loop = asyncio.get_running_loop() if can_wait else None
        except RuntimeError:
            loop = None
        if loop is None:
            self.flush()
        else:
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        try:
            if self._waiting:
                waiting, self._waiting = self._waiting, []
                sys.stderr.write("\n".join([*waiting, ""]))
                sys.stderr.flush()
        finally:
            self.release()


def tell_in_json(level: str) -> None:
    """Send every logger of this process to standard error, in this form."""
    lines = StandardError()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[lines], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # addresses carry identifiers


def _sentence(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] == _OURS:
        return record.getMessage()
    return str(record.msg).partition("\n")[0][:200]


def _failure(error: BaseException) -> dict[str, object]:
    passed = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return {
        "error": f"{type(error).__module__}.{type(error).__qualname__}",
        "rule": getattr(error, "code", None),
        "passed": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in passed],
    }
