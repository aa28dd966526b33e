"""Who is refused too often waits; nobody else does."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from openhealthcode.operations import refusals as bounds
from openhealthcode.operations.refusals import MOST_A_SECOND, Refusals


def scope(token: bytes = b"", address: str = "192.0.2.1", *, header: bytes = b"authorization"):
    headers = [(b"accept", b"*/*"), *([(header, token)] if token else [])]
    return {"type": "http", "headers": headers, "client": (address, 40000)}


@pytest.fixture
def refusals(monkeypatch):
    """A second that does not pass by itself."""
    now = [1000.5]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    made = Refusals()
    return made, now


def refuse(refusals: Refusals, who, times: int, status: int = 404) -> None:
    for _ in range(times):
        refusals.note(who, status)


def test_up_to_the_limit_everybody_is_heard(refusals):
    counted, _ = refusals
    refuse(counted, scope(b"a"), MOST_A_SECOND - 1)
    assert not counted.are_too_many(scope(b"a"))
    refuse(counted, scope(b"a"), 1)
    assert counted.are_too_many(scope(b"a"))


def test_the_next_second_is_another(refusals):
    counted, now = refusals
    refuse(counted, scope(b"a"), MOST_A_SECOND)
    now[0] += 1
    assert not counted.are_too_many(scope(b"a"))


def test_refusals_of_seconds_ago_do_not_add_up(refusals):
    counted, now = refusals
    for _ in range(3):
        refuse(counted, scope(b"a"), MOST_A_SECOND - 1)
        now[0] += 1
    refuse(counted, scope(b"a"), 1)
    assert not counted.are_too_many(scope(b"a"))


@pytest.mark.parametrize("header", [b"authorization", b"cookie"])
def test_made_up_tokens_count_for_their_address(refusals, header):
    counted, _ = refusals
    counted.note(scope(b"good", header=header), 200)
    for number in range(MOST_A_SECOND):
        counted.note(scope(b"%d" % number, header=header), 401)
    assert counted.are_too_many(scope(b"another", header=header))
    assert counted.are_too_many(scope())
    assert not counted.are_too_many(scope(b"good", header=header))
    assert not counted.are_too_many(scope(b"another", "192.0.2.2", header=header))


def test_who_was_answered_a_minute_ago_is_a_stranger_again(refusals):
    counted, now = refusals
    counted.note(scope(b"good"), 200)
    now[0] += 61
    counted.note(scope(b"other"), 200)
    refuse(counted, scope(), MOST_A_SECOND)
    assert counted.are_too_many(scope(b"good"))
    assert not counted.are_too_many(scope(b"other"))


@pytest.mark.parametrize("status", [200, 201, 303, 304, 429, 500, 503])
def test_what_is_no_refusal_is_not_counted(refusals, status):
    counted, _ = refusals
    refuse(counted, scope(b"a"), 10 * MOST_A_SECOND, status)
    assert not counted.are_too_many(scope(b"a"))


def test_without_an_address_all_is_one(refusals):
    counted, _ = refusals
    nowhere = {"type": "http", "headers": [], "client": None}
    refuse(counted, nowhere, MOST_A_SECOND)
    assert counted.are_too_many(nowhere)
    assert not counted.are_too_many(scope())


def test_what_is_shown_is_not_kept(refusals):
    """A header may have sixty thousand bytes, and a page for everybody is answered whatever it says."""
    counted, _ = refusals
    tracemalloc.start()
    for number in range(500):
        shown = scope(b"%060000d" % number, header=b"cookie")
        counted.note(shown, 200)
        counted.note(scope(b"%060000d" % -number), 404)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000
    assert counted.are_too_many(scope(b"another"))
    assert not counted.are_too_many(scope(b"%060000d" % 7, header=b"cookie"))


def test_no_more_senders_are_remembered_than_there_is_room_for(refusals, monkeypatch):
    counted, now = refusals
    monkeypatch.setattr(bounds, "MOST_REMEMBERED", 3)
    for number in range(10):
        counted.note(scope(b"%d" % number), 200)
    refuse(counted, scope(), MOST_A_SECOND)
    assert [counted.are_too_many(scope(b"%d" % number)) for number in range(4)] == [
        False,
        False,
        False,
        True,
    ]
    now[0] += 61
    counted.note(scope(b"9"), 200)
    refuse(counted, scope(), MOST_A_SECOND)
    assert not counted.are_too_many(scope(b"9"))
