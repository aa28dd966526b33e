"""Whatever a resource looks like, it is either described or refused by a rule; nothing else happens."""

from __future__ import annotations

import contextlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from any_resources import json_values, resources, spoilt, words
from openhealthcode.record import (
    InvalidResource,
    MalformedJson,
    UnknownResourceType,
    check,
    describe,
    parse,
)


@given(resources() | spoilt())
def test_a_resource_is_described_or_refused_by_a_rule(resource):
    try:
        check(resource)
    except (InvalidResource, UnknownResourceType):
        return
    found = describe(resource)
    assert found == describe(orjson.loads(orjson.dumps(resource)))
    assert found.type == resource["resourceType"]


@given(st.dictionaries(words, json_values, max_size=5))
def test_json_that_was_written_is_read_as_it_was(document):
    assert parse(orjson.dumps(document)) == document


@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0d8ab1e.-', max_size=60).map(str.encode)
)
def test_no_bytes_crash_the_parser(body):
    with contextlib.suppress(MalformedJson):
        assert isinstance(parse(body), dict)


@given(
    st.lists(st.tuples(words, json_values), min_size=1, max_size=4, unique_by=lambda pair: pair[0]),
    st.sampled_from(["", " ", "\n\t"]),
    st.data(),
)
def test_a_name_that_occurs_twice_is_found_however_it_is_written(members, space, data):
    again = (data.draw(st.sampled_from(members))[0], data.draw(json_values))
    once, twice = (
        ",".join(
            f"{orjson.dumps(name).decode()}{space}:{space}{orjson.dumps(value).decode()}"
            for name, value in several
        )
        for several in (members, [*members, again])
    )
    inner = data.draw(st.sampled_from(["{%s}", '{"a":[{%s}]}', '{":":"\\":","b":{%s}}']))
    parse((inner % once).encode())
    with pytest.raises(MalformedJson):
        parse((inner % twice).encode())
