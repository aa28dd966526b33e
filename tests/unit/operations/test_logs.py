"""The operational log: one JSON object a line, and nothing of what people entered."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from uuid import UUID

import pytest

from openhealthcode.operations.logs import JsonLines, StandardError, request_id, tell

_MARK = "李雷13800138000"


def _line(name, message, *arguments, error=None, **extra):
    try:
        if error is not None:
            raise error
        failure = None
    except ValueError:
        failure = sys.exc_info()
    logger = logging.getLogger(name)
    record = logger.makeRecord(name, 30, "f", 1, message, arguments, failure, extra=extra)
    return json.loads(JsonLines().format(record))


def test_a_line_says_when_where_how_bad_and_what():
    line = _line("openhealthcode.app", "started", facts={"workers": 2})
    assert line.keys() == {"at", "level", "from", "says", "workers"}
    assert (line["level"], line["says"], line["workers"]) == ("warning", "started", 2)


def test_other_libraries_do_not_get_to_fill_in_their_sentences():
    line = _line("asyncpg", "could not bind %s", _MARK)
    assert line["says"] == "could not bind %s"


def test_of_their_longer_reports_only_the_first_line_is_told():
    line = _line("asyncio", f"Task exception was never retrieved\nfuture: ValueError({_MARK!r})")
    assert line["says"] == "Task exception was never retrieved"


def test_an_error_is_its_kind_and_where_it_passed():
    line = _line("openhealthcode.x", "a fault", error=ValueError(_MARK))
    assert line["error"] == "builtins.ValueError"
    assert line["passed"][-1].endswith(" _line")
    assert _MARK not in json.dumps(line, ensure_ascii=False)


def test_a_line_names_the_request_it_belongs_to():
    token = request_id.set("abc")
    assert _line("openhealthcode.x", "y")["request"] == "abc"
    request_id.reset(token)
    assert "request" not in _line("openhealthcode.x", "y")


def test_what_is_no_json_is_told_by_its_kind_only():
    line = _line("openhealthcode.x", "y", facts={"id": UUID(int=1), "thing": object()})
    assert line["id"] == str(UUID(int=1))
    assert line["thing"] == "object"


@pytest.fixture
def logger():
    """A logger whose lines go to standard error."""
    handler, logger = StandardError(), logging.getLogger("openhealthcode.told")
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)


def _told(capsys):
    return [json.loads(line)["says"] for line in capsys.readouterr().err.splitlines()]


async def test_lines_of_one_turn_are_written_when_it_ends_and_in_order(logger, capsys):
    tell(logger, "first", {})
    logger.info("second")
    assert _told(capsys) == []
    await asyncio.sleep(0)
    assert _told(capsys) == ["first", "second"]
    tell(logger, "third", {})
    await asyncio.sleep(0)
    assert _told(capsys) == ["third"]


async def test_a_warning_waits_for_nothing_and_takes_what_waits_along(logger, capsys):
    tell(logger, "first", {})
    logger.warning("second")
    assert _told(capsys) == ["first", "second"]


def test_without_an_event_loop_a_line_is_written_at_once(logger, capsys):
    tell(logger, "alone", {"status": 200})
    assert _told(capsys) == ["alone"]


async def test_what_waits_is_written_when_the_program_ends(logger, capsys):
    tell(logger, "last", {})
    logging.shutdown([lambda: logger.handlers[0]])
    assert _told(capsys) == ["last"]


def test_below_its_level_a_logger_tells_nothing(logger, capsys):
    logger.setLevel(logging.WARNING)
    tell(logger, "unheard", {})
    assert _told(capsys) == []


def test_a_cheap_record_suits_any_formatter(logger, capsys):
    places = "%(levelname)s %(pathname)s:%(lineno)d %(funcName)s %(message)s"
    logger.handlers[0].setFormatter(logging.Formatter(places))
    tell(logger, "said", {})
    assert capsys.readouterr().err == "INFO :0 None said\n"
