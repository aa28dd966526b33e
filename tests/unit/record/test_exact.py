"""What was written stays as it was written; to whoever computes, it is a number."""

import copy
import pickle

import pytest

import visits
from openhealthcode.record import InvalidResource, check, parse, read_exactly, write_exactly
from openhealthcode.record.exact import LONGEST_DECIMAL, WrittenDecimal
from openhealthcode.record.plain.quantity import quantity_text

WRITTEN = [b"120.50", b"1.10", b"0.0", b"-0.00", b"1e2", b"1.50E-3", b"5.0", b"120", b"3.14"]
WRITTEN += [b"0.1234567890123456789", b"123456789012345678.10"]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_is_written_as_it_was_read(text):
    body = b'{"resourceType":"Observation","valueQuantity":{"value":%s}}' % text
    read = parse(body)
    assert write_exactly(read) == body
    assert write_exactly(read_exactly(body)) == body
    assert read["valueQuantity"]["value"] == float(text)
    assert write_exactly(copy.deepcopy(read)) == body


def test_what_a_double_writes_alike_is_a_plain_double():
    read = parse(b'{"a":[3.14,5.0,120.5,120.50]}')["a"]
    assert [type(one) for one in read] == [float, float, float, WrittenDecimal]
    assert sum(read) == pytest.approx(249.14)


def test_the_same_number_written_otherwise_is_other_content():
    assert write_exactly(parse(b'{"a":1.1}'), is_sorted=True) != write_exactly(
        parse(b'{"a":1.10}'), is_sorted=True
    )


def test_names_are_sorted_where_that_is_asked_for():
    assert write_exactly({"b": 1, "a": WrittenDecimal("1.0")}, is_sorted=True) == b'{"a":1.0,"b":1}'


def test_nothing_else_is_written_by_itself():
    with pytest.raises(TypeError):
        write_exactly({"a": object()})


def observation(value: bytes) -> bytes:
    template = write_exactly(
        visits.glucose("2026-02-01", 5.5) | {"subject": {"reference": "Patient/1"}}
    )
    assert b'"value":5.5' in template
    return template.replace(b'"value":5.5', b'"value":' + value)


@pytest.mark.parametrize(
    "value", [b"1." + b"0" * LONGEST_DECIMAL, b"9" * 30, b"1e18", b"-1.0e18", b'"5.50"']
)
def test_what_no_quantity_is_written_like_is_refused(value):
    with pytest.raises(InvalidResource, match="as decimal"):
        check(parse(observation(value)))


def test_precision_passes_the_check_and_reaches_the_reader():
    read = parse(observation(b"5.50"))
    check(read)
    assert quantity_text(read["valueQuantity"], "zh-CN").startswith("5.50")


def test_exponents_are_computed_for_people():
    assert quantity_text({"value": WrittenDecimal("1.20e2")}, "en") == "120"


def test_a_number_survives_the_way_to_another_process():
    sent = pickle.loads(pickle.dumps(WrittenDecimal("7.10")))
    assert (sent, write_exactly([sent])) == (7.1, b"[7.10]")
