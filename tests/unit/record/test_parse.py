"""No input crashes the parser, and none can be read in two ways."""

import resource as process
import sys

import pytest

from openhealthcode.record import LARGEST_BODY_BYTES, MalformedJson, parse
from openhealthcode.standards import HealthCodeError, TooLarge

MARKER = "Zx7-planted-marker"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"a":1',
        b'{"a":1}{"a":1}',
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e400}',
        b'{"a":' + b"9" * 5_000_000 + b"}",
        b'{"a":01}',
        b'{"a":"\n"}',
        b'{"a":"\xc3"}',
        rb'{"a":"\ud800"}',
        rb'{"a":"\udc00\ud800"}',
        rb'{"a":"\u0000"}',
        rb'{"a":"\u001F"}',
        rb'{"a":"\b"}',
        b'{"a":1,"a":2}',
        rb'{"a":1,"\u0061":2}',
        b'{"a":[{"b":{"c":1,"c":1}}]}',
        b'{"a":' + b"[" * 41 + b"]" * 41 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 100_000,
    ],
    ids=range(27),
)
def test_what_is_not_unambiguous_json_is_refused(body):
    with pytest.raises(MalformedJson):
        parse(body)


@pytest.mark.parametrize(
    ("body", "parsed"),
    [
        (rb'{"a":"\\u0000"}', {"a": "\\u0000"}),
        (rb'{"a":"\\\\b"}', {"a": "\\\\b"}),
        (rb'{"a\":\"b":1,"c" :"d:"}', {'a":"b': 1, "c": "d:"}),
        (rb'{"a":"\t\n\r"}', {"a": "\t\n\r"}),
        (rb'{"a":"\ud83d\ude00"}', {"a": "😀"}),
        (b'{"a":' + b"[" * 38 + b"]" * 38 + b"}", None),
    ],
)
def test_what_only_looks_odd_is_taken(body, parsed):
    found = parse(body)
    assert parsed is None or found == parsed


@pytest.mark.parametrize(
    "body",
    [
        b" " * (LARGEST_BODY_BYTES + 1),
        b'{"a":[' + b"{}," * 3_000_000 + b"{}]}",
        b'{"a":[' + b"0," * 4_900_000 + b"0]}",
    ],
    ids=["bytes", "objects", "values"],
)
def test_more_than_the_bounds_is_refused_before_it_is_parsed(body):
    before = process.getrusage(process.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge):
        parse(body)
    grown = process.getrusage(process.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50 * (1024 if sys.platform != "darwin" else 1024**2)


@pytest.mark.parametrize("size", [900_000, 1_100_000])
def test_names_are_counted_in_small_and_large_bodies_alike(size):
    text = rb'"a\":\\\":b' + b" " * size + b'"'
    assert parse(b'{"a":' + text + b',"b":":"}')["b"] == ":"
    with pytest.raises(MalformedJson):
        parse(b'{"a":' + text + b',"a":1}')


@pytest.mark.parametrize(
    "body",
    [
        f'{{"{MARKER}":1,"{MARKER}":2}}',
        f'{{"a":"{MARKER}\\ud800"}}',
        f'{{"a":{MARKER}}}',
        f'{{"a":"{MARKER}\\u0000"}}',
    ],
)
def test_a_refusal_never_repeats_what_was_sent(body):
    with pytest.raises(HealthCodeError) as refused:
        parse(body.encode())
    assert MARKER not in str(refused.value)
    assert refused.value.__cause__ is None
