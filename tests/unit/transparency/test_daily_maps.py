"""The daily map by itself: one place and one number for each, and every way a history can contradict it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import histories
from openhealthcode.audit.map_file import MapFile, MapWriter
from openhealthcode.transparency import (
    EMPTY_SUBTREE,
    HistoryRefused,
    LogDamaged,
    MapStatement,
    NoteVerifier,
    UntrustedNote,
    check_history,
    check_maps,
    days_asked,
    is_mapped,
    map_leaf,
    map_node,
    map_path,
    map_root,
    read_maps,
    read_statement,
    seal_history,
)

LOG, RECEIPTS = (NoteVerifier(one.verifier_key) for one in (histories.LOG, histories.RECEIPTS))
STATEMENT = MapStatement(
    "region.example/log", date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 1),
    datetime(2026, 3, 4, 16, 0, 30, tzinfo=UTC), 12, 345, bytes(range(32)), ((3, 9), (20, 21)),
)  # fmt: skip
indexes = st.binary(min_size=32, max_size=32)
close = st.builds(lambda tail: b"\x80" + bytes(30) + tail, st.binary(min_size=1, max_size=1))


def found(log, **changes):
    checked = check_history(log.sealed(**changes), LOG, RECEIPTS)
    return [(one.kind.value, one.number) for one in checked.findings]


@given(st.dictionaries(indexes | close, st.integers(1, 2**40), max_size=40))
def test_every_number_is_proven_at_its_index_and_no_other(numbers):
    leaves = sorted((int.from_bytes(index), number) for index, number in numbers.items())
    keys = [key for key, _ in leaves]
    hashes = [map_leaf(key.to_bytes(32), number) for key, number in leaves]
    root = map_root(keys, hashes)
    for key, number in leaves:
        index, path = key.to_bytes(32), map_path(keys, hashes, key)
        assert is_mapped(index, number, path, root)
        assert not is_mapped(index, number + 1, path, root)
        assert not is_mapped((key ^ 1).to_bytes(32), number, path, root)
        assert not is_mapped(index, number, [*path, EMPTY_SUBTREE], root)


def test_known_answers():
    """By hand, from the layout: indexes 00…, 40…, 80…; one subtree of two, one of one."""
    indexes = [bytes([first]) + bytes(31) for first in (0x00, 0x40, 0x80)]
    leaves = [map_leaf(index, 7) for index in indexes]
    root = map_node(map_node(leaves[0], leaves[1]), leaves[2])
    keys = [int.from_bytes(index) for index in indexes]
    assert map_root(keys, leaves) == root
    assert map_root([], []) == EMPTY_SUBTREE
    assert map_root(keys[:1], leaves[:1]) == leaves[0]
    assert map_path(keys, leaves, keys[1]) == [leaves[2], leaves[0]]


@given(st.dictionaries(indexes, st.integers(1, 2**40), max_size=300))
def test_a_file_says_what_the_numbers_say(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("map") / "2026-03-01"
    writer = MapWriter(path)
    for index, number in numbers.items():
        writer.add(index, number)
    assert sum(1 for _ in writer.steps()) < MapWriter.most_steps
    leaves = sorted((int.from_bytes(index), number) for index, number in numbers.items())
    hashes = [map_leaf(key.to_bytes(32), number) for key, number in leaves]
    with MapFile(path) as made:
        assert made.root == map_root([key for key, _ in leaves], hashes)
        assert made.residents == len(numbers)
        assert made.is_whole()
        for index, number in list(numbers.items())[:5]:
            proven = made.prove(index)
            assert proven is not None
            assert is_mapped(index, proven[0], proven[1], made.root)
            assert proven[0] == made.number(index) == number
        assert made.prove(b"\x77" * 32) is made.number(b"\x77" * 32) is None
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_numbers_go_to_the_disk_before_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr("openhealthcode.audit.map_file._KEPT_BYTES", 200)
    monkeypatch.setattr("openhealthcode.audit.map_file._LEAVES_OF_A_SUBTREE", 1)
    writer = MapWriter(tmp_path / "map")
    numbers = {(n * 2**245 // 3 + n).to_bytes(32): n + 1 for n in range(2_000)}
    for index, number in numbers.items():
        writer.add(index, number)
    assert any((tmp_path / ".map.piles").iterdir())
    for _ in writer.steps():
        pass
    with MapFile(tmp_path / "map") as made:
        assert made.is_whole()
        for index, number in numbers.items():
            assert made.number(index) == number
            proven = made.prove(index)
            assert proven is not None
            assert is_mapped(index, number, proven[1], made.root)


@pytest.mark.parametrize("keep", [0, 5, 9, 400, -1])
def test_a_file_that_is_not_whole_is_damaged(tmp_path, keep):
    path = tmp_path / "map"
    writer = MapWriter(path)
    writer.add(bytes(32), 3)
    for _ in writer.steps():
        pass
    path.write_bytes(path.read_bytes()[:keep])
    try:
        with MapFile(path) as made:
            assert not made.is_whole()
            with pytest.raises(LogDamaged):
                made.prove(bytes(32))
    except LogDamaged:
        assert keep < 9


def test_what_is_no_map_is_damaged(tmp_path):
    with pytest.raises(LogDamaged):
        MapFile(tmp_path / "none")
    (tmp_path / "other").write_bytes(b"OHCMAP2\x08" + bytes(100))
    with pytest.raises(LogDamaged):
        MapFile(tmp_path / "other")


def test_a_statement_is_read_as_it_was_written():
    assert read_statement(STATEMENT.text) == STATEMENT
    assert STATEMENT.text == (
        "openhealthcode-map-1\nregion.example/log\ndays 2026-03-02 2026-03-04\nsince 2026-03-01\n"
        "taken 2026-03-04T16:00:30Z\nresidents 12\ntree 345\n"
        "root AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nlost 3 9\nlost 20 21\n"
    )
    assert [str(day) for day in STATEMENT.days] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert len(STATEMENT.entries) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("map-1", "map-2"),
        ("2026-03-02", "2026-03-05"),
        ("2026-03-02", "2026-02-30"),
        ("since 2026-03-01", "since 2026-03-03"),
        ("since 2026-03-01", "since 2019-03-01"),
        ("days 2026-03-02 2026-03-04", "days 2026-03-02 2046-03-04"),
        ("tree 345", "tree 0345"),
        ("lost 3 9\n", "lost 3\n"),
        ("residents 12", "residents -1"),
        ("taken 2026-03-04T16", "taken 2026-03-04T26"),
        ("21\n", "21"),
    ],
)
def test_what_is_no_statement_is_refused(old, new):
    assert old in STATEMENT.text
    with pytest.raises(UntrustedNote):
        read_statement(STATEMENT.text.replace(old, new))


@pytest.mark.parametrize(
    "text", ["x\n\n", "leaf 1", "leaf -1\nx\n\n", "leaf ²\nx\n\n", "leaf 1\n\n\n"]
)
def test_what_is_no_list_of_maps_is_refused(text):
    try:
        assert check_maps("region.example/log", [bytes(32)] * 5, text).findings
        read_maps(text)
    except UntrustedNote:
        pass


def test_a_week_and_three_years_of_months_are_asked_for():
    asked = sorted(days_asked(date(2026, 3, 10), date(2020, 1, 1)))
    assert asked[-7:] == [date(2026, 3, 4) + timedelta(days=nth) for nth in range(7)]
    assert asked[:2] == [date(2023, 4, 1), date(2023, 5, 1)]
    assert len(asked) == 36 + 7
    assert sorted(days_asked(date(2026, 3, 2), date(2026, 3, 1))) == [
        date(2026, 3, 1),
        date(2026, 3, 2),
    ]


@pytest.fixture
def log(tmp_path):
    return histories.MappedLog(tmp_path)


def test_a_log_of_days_holds_whatever_was_quiet(log):
    for events, days in ((2, 1), (0, 1), (3, 4), (0, 40), (1, 1)):
        log.happen(events)
        log.end_day(days=days)
        assert found(log) == []
    assert check_maps(histories.ORIGIN, log.entries, log.listed()).findings == ()


def test_a_resident_who_came_after_the_map_is_in_none(log):
    log.happen(2)
    mine, log.own = log.own, []
    log.end_day()
    log.happen(3)
    assert len(log.history().maps) == 0
    assert found(log) == []
    log.end_day()
    assert found(log) == []
    assert mine


@pytest.mark.parametrize("cut", [1, 2, 4])
@pytest.mark.parametrize("later", [0, 1, 3, 9])
def test_a_tail_cut_off_after_midnight_shows(log, cut, later):
    log.happen(5)
    log.end_day()
    log.cut(cut)
    log.happen(later)
    assert found(log) == [("tail-cut", 6 - cut)]


def test_a_tail_cut_off_and_counted_anew_shows_by_the_map_before(log):
    log.happen(5)
    log.end_day()
    log.cut(2)
    log.end_day()
    assert ("tail-cut", 4) in found(log)


def test_what_a_recorded_restore_lost_is_told_and_what_none_excuses_is_found(log):
    log.happen(5)
    log.end_day()
    log.cut(2)
    log.gaps = ((8, len(log.entries)),)
    log.happen()
    checked = check_history(log.sealed(), LOG, RECEIPTS)
    assert (checked.findings, checked.lost) == ((), 2)
    log.end_day()
    assert found(log) == []
    log.cut(1)  # after the gap: no excuse
    assert found(log) == [("tail-cut", 4)]


def test_a_gap_the_newest_map_does_not_tell_of_is_found(log):
    log.happen(5)
    log.end_day()
    assert ("map", None) in found(log, gaps=((0, 4),))


def test_a_map_that_counts_too_few_is_found(log):
    log.happen(5)
    log.cut(2)
    log.end_day()
    log.own += [(one, leaf) for one, leaf in restored(log)]
    assert ("map", None) in found(log)


def restored(log):
    """The two events that were hidden from the map, shown again."""
    other = histories.MappedLog(log.files.folder.with_name("other"))
    other.happen(5)
    return other.own[3:]


def test_a_history_of_another_form_is_good_for_comparing_only(log):
    log.happen(2)
    old = log.sealed(format="openhealthcode-history-1", maps=(), gaps=())
    assert [one.kind.value for one in check_history(old, LOG, RECEIPTS).findings] == ["map"]
    log.end_day()
    assert check_history(log.sealed(), LOG, RECEIPTS, None, [old]).findings == ()


@pytest.mark.parametrize(
    "change",
    [
        {"statement": STATEMENT.text},
        {"statement": ""},
        {"leaf": 3},
        {"leaf": 0},
        {"path": ()},
        {"marker_path": ()},
        {"number": 4},
        {"number": -1},
        {"number": 2**63},
        {"map_path": ()},
        {"map_path": (b"x",)},
        {"map_path": (bytes(32),) * 300},
    ],
)
def test_every_part_of_a_map_is_proven(log, change):
    log.happen(5)
    log.end_day()
    (whole,) = log.history().maps
    assert found(log, maps=(msgspec.structs.replace(whole, **change),))[0] == ("map", None)


def test_a_salt_of_another_length_has_no_place_in_a_map(log):
    """Else one event could be cut into salt and content in two ways, and have two places."""
    log.happen(5)
    first, leaf = log.own[0]
    salt = bytes(15)
    log.own[0] = (msgspec.structs.replace(first, salt=salt), leaf)
    log.entries[leaf] = log.own[0][0].commitment(histories.RESIDENT)
    log.end_day()
    assert found(log) == [("map", None)]


def test_a_moment_beyond_all_time_is_refused(log):
    log.happen()
    for at in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)):
        with pytest.raises(HistoryRefused):
            check_history(seal_history(log.history(made_at=at), histories.RECEIPTS), LOG, RECEIPTS)


def test_nothing_links_the_places_of_one_resident(log):
    """Other days, other residents and other salts lead elsewhere."""
    log.happen()
    log.end_day()
    log.end_day()
    first, second = (set(keys) for _, _, keys, *_ in log.maps)
    assert not first & second
    assert UUID(int=0) != histories.RESIDENT
