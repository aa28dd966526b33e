"""The operational log: one JSON object a line, with ids and rule names and no personal value.

Whatever is told with our own loggers is a sentence without values; what varies goes into ``facts``.
Of an exception only its kind and the places it passed are told, and of other libraries' messages
only the sentence without what they would fill in: both may quote what a person entered.
"""

from __future__ import annotations

import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

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


def tell_in_json(level: str) -> None:
    """Send every logger of this process to standard error, in this form."""
    lines = logging.StreamHandler(sys.stderr)
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
