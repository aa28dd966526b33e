"""JSON for people: the same values, a line for each."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.record import laid_out

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


def test_it_is_indented_by_depth_and_keeps_what_is_written():
    body = b'{"a":[1.50,{}],"b":{"c":"x, {\\"y\\"}"},"d":[]}'
    assert laid_out(body) == (
        b'{\n  "a": [\n    1.50,\n    {}\n  ],\n  "b": {\n    "c": "x, {\\"y\\"}"\n  },\n'
        b'  "d": []\n}\n'
    )


@given(st.dictionaries(st.text(), VALUES))
def test_it_says_the_same(value):
    body = orjson.dumps(value)
    assert orjson.loads(laid_out(body)) == orjson.loads(body)
