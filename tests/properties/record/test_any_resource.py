"""Whatever a resource looks like, it is either described or refused by a rule; nothing else happens."""

from __future__ import annotations

import contextlib
import copy

import orjson
from hypothesis import given
from hypothesis import strategies as st

import visits
from openhealthcode.record import (
    KINDS,
    InvalidResource,
    MalformedJson,
    UnknownResourceType,
    check,
    describe,
    parse,
)
from openhealthcode.record.structure import STRUCTURES

words = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.sampled_from(["2026-02-30", "final", "Patient/x", "#", "urn:uuid:a", "http://loinc.org"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["coding", "system", "code", "text", "start", "id"]), inner
        )
    ),
    max_leaves=8,
)
types = st.sampled_from(sorted(KINDS))


@st.composite
def resources(draw):
    """A resource of some type with some of its own elements, filled with anything."""
    type_ = draw(types)
    names = sorted(STRUCTURES[type_].rules)
    filled = draw(st.dictionaries(st.sampled_from(names), json_values, max_size=6))
    return {"resourceType": type_, **filled}


@st.composite
def spoilt(draw):
    """A good resource in which something was replaced."""
    resource = copy.deepcopy(draw(st.sampled_from([*visits.LIFE, visits.patient()])))
    place = resource
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            place[key] = draw(json_values)
            return resource
        place = inner


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
