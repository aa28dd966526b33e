"""The result of each row outlives an interruption, and belongs to one file."""

from __future__ import annotations

import csv

import pytest

from openhealthcode.collection.bulk import ResultFile, ResultsOfAnother, RowOutcome, RowResult


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("a register")
    return path


@pytest.fixture
def results(tmp_path):
    return tmp_path / "people.csv.results.csv"


def made(number: int) -> RowResult:
    return RowResult(number, RowOutcome.NEW, patient="x" * 64)


def told(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_row_has_a_line_and_the_counts_go_on(source, results):
    with ResultFile(results, source) as kept:
        kept.add([made(1), RowResult(2, RowOutcome.REFUSED, code="c", message="a, b")])
    with ResultFile(results, source) as kept:
        assert kept.state.rows == 2
        kept.add([made(3)])
        assert kept.state.counts == {"new": 2, "refused": 1}
    assert [(row["row"], row["outcome"], row["message"]) for row in told(results)] == [
        ("1", "new", ""),
        ("2", "refused", "a, b"),
        ("3", "new", ""),
    ]


def test_what_was_half_written_when_it_stopped_is_written_again(source, results):
    with ResultFile(results, source) as kept:
        kept.add([made(1)])
    with results.open("a") as file:
        file.write("2,ne")
    with ResultFile(results, source) as kept:
        assert kept.state.rows == 1
        kept.add([made(2)])
    assert [row["row"] for row in told(results)] == ["1", "2"]


@pytest.mark.parametrize("state", [None, b"{", b"{}", b'{"source": 1}'])
def test_results_that_nobody_kept_the_state_of_are_left_alone(source, results, state):
    results.write_text("somebody's file")
    if state is not None:
        results.with_name(results.name + ".state").write_bytes(state)
    with pytest.raises(ResultsOfAnother):
        ResultFile(results, source)
    assert results.read_text() == "somebody's file"


def test_results_of_another_file_are_left_alone(source, results):
    with ResultFile(results, source) as kept:
        kept.add([made(1)])
    source.write_text("another register")
    with pytest.raises(ResultsOfAnother):
        ResultFile(results, source)


def test_results_that_were_cut_short_are_left_alone(source, results):
    with ResultFile(results, source) as kept:
        kept.add([made(1)])
    results.write_text("row")
    with pytest.raises(ResultsOfAnother):
        ResultFile(results, source)
