"""A JSON Patch does what RFC 6902 says, and all of it or nothing.

Source: RFC 6902, section 4 and appendix A; RFC 6901, section 5. The cases are written anew for
resources, after what those sections and the public test collection for the RFC ask of everybody.
"""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.record import PatchFailed, PatchMalformed, parse, patch, write_exactly
from openhealthcode.record.json_patch import MOST_OPERATIONS, is_equal

DONE = [
    # what is there, the operations, what is left
    ({"a": 1}, [], {"a": 1}),
    # A.1 to A.6
    ({"foo": "bar"}, [("add", "/baz", "qux")], {"foo": "bar", "baz": "qux"}),
    ({"foo": ["bar", "baz"]}, [("add", "/foo/1", "qux")], {"foo": ["bar", "qux", "baz"]}),
    ({"baz": "qux", "foo": "bar"}, [("remove", "/baz")], {"foo": "bar"}),
    ({"foo": ["bar", "qux", "baz"]}, [("remove", "/foo/1")], {"foo": ["bar", "baz"]}),
    ({"baz": "qux", "foo": "bar"}, [("replace", "/baz", "boo")], {"baz": "boo", "foo": "bar"}),
    (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [("move", "/qux/thud", "/foo/waldo")],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    # A.7, A.8, A.10, A.11, A.14, A.16
    (
        {"foo": ["all", "grass", "cows", "eat"]},
        [("move", "/foo/3", "/foo/1")],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    ({"foo": ["a", 2]}, [("test", "/foo/1", 2), ("test", "/foo/0", "a")], {"foo": ["a", 2]}),
    ({"foo": "bar"}, [("add", "/child", {"g": {}})], {"foo": "bar", "child": {"g": {}}}),
    ({"/": 9, "~1": 10}, [("test", "/~01", 10)], {"/": 9, "~1": 10}),
    ({"foo": ["bar"]}, [("add", "/foo/-", ["abc"])], {"foo": ["bar", ["abc"]]}),
    # what an addition finds it replaces; null is a value like any other
    ({"a": None}, [("add", "/a", 1)], {"a": 1}),
    ({"a": None}, [("test", "/a", None), ("move", "/b", "/a")], {"b": None}),
    ({"a": 1}, [("replace", "/a", None)], {"a": None}),
    # names that look like places, names of nothing, names with both special characters
    ({"a": 1}, [("add", "/0", 2)], {"a": 1, "0": 2}),
    ({"1e0": 1}, [("test", "/1e0", 1)], {"1e0": 1}),
    ({}, [("add", "/", 1)], {"": 1}),
    ({"a": {}}, [("add", "/a/", 1)], {"a": {"": 1}}),
    ({"a/b": 1, "m~n": 8}, [("replace", "/a~1b", 2), ("remove", "/m~0n")], {"a/b": 2}),
    # the end of a list
    ({"a": [1, 2]}, [("add", "/a/2", 3)], {"a": [1, 2, 3]}),
    ({"a": [1, [2, [3]]]}, [("add", "/a/1/1/-", 4)], {"a": [1, [2, [3, 4]]]}),
    ({"a": [1, 2, 3, 4]}, [("remove", "/a/1"), ("remove", "/a/2")], {"a": [1, 3]}),
    # the whole
    ({"a": 1}, [("replace", "", {"b": 2})], {"b": 2}),
    ({"a": 1}, [("add", "", {"b": 2})], {"b": 2}),
    ({"a": {"b": 1}}, [("copy", "", "/a")], {"b": 1}),
    ({"a": 1}, [("test", "", {"a": 1})], {"a": 1}),
    # to where it is already
    ({"a": 1}, [("move", "/a", "/a")], {"a": 1}),
    # a copy is a thing of its own
    (
        {"a": {"x": 1}},
        [("copy", "/b", "/a"), ("add", "/b/x", 2)],
        {"a": {"x": 1}, "b": {"x": 2}},
    ),
    # order of names and the spelling of a number do not matter
    ({"a": {"x": 1, "y": 2}}, [("test", "/a", {"y": 2.0, "x": 1})], {"a": {"x": 1, "y": 2}}),
]

FAILS = [
    ({"a": [1, 2]}, [("add", "/a/8", 5)]),
    ({"a": [1, 2]}, [("add", "/a/3", 5)]),
    ({"a": [1, 2]}, [("add", "/a/-1", 5)]),
    ({"a": [1, 2]}, [("add", "/a/b", 5)]),
    ({"a": [1, 2]}, [("add", "/a/1e0", 5)]),
    ({"a": [1, 2]}, [("test", "/a/01", 2)]),
    ({"a": [1, 2]}, [("test", "/a/00", 1)]),
    ({"a": [1, 2]}, [("test", "/a/\u0661", 2)]),
    ({"a": [1, 2]}, [("remove", "/a/-")]),
    ({"a": [1, 2]}, [("remove", "/a/2")]),
    ({"a": 1}, [("remove", "/b")]),
    ({"a": 1}, [("replace", "/b", 1)]),
    ({"a": 1}, [("replace", "/b/c", 1)]),
    ({"q": {"bar": 2}}, [("add", "/a/b", 1)]),
    ({"a": 1}, [("add", "/a/b", 1)]),
    ({"a": "text"}, [("add", "/a/0", "x")]),
    ({"a": "text"}, [("test", "/a/0", "t")]),
    ({"a": 1}, [("copy", "/b", "/c")]),
    ({"a": 1}, [("move", "/b", "/c")]),
    ({"a": 1}, [("move", "/c", "/c")]),
    ({"a": {"b": {}}}, [("move", "/a/b/c", "/a")]),
    ({"a": 1}, [("test", "/a", "1")]),
    ({"a": 1}, [("test", "/a", True)]),
    ({"a": True}, [("test", "/a", 1)]),
    ({"a": None}, [("test", "/a", False)]),
    ({"a": [1, 2]}, [("test", "/a", [1])]),
    ({"a": {"b": 1}}, [("test", "/a", {"b": 1, "c": 2})]),
    ({"a": 1}, [("replace", "", [1])]),
    ({"a": 1}, [("remove", "")]),
]

MALFORMED = [
    {},
    None,
    "add",
    [None],
    [["add"]],
    [{"path": "/a", "value": 1}],
    [{"op": "spam", "path": "/a", "value": 1}],
    [{"op": ["add"], "path": "/a", "value": 1}],
    [{"op": "add", "value": 1}],
    [{"op": "add", "path": "/a"}],
    [{"op": "replace", "path": "/a"}],
    [{"op": "test", "path": "/a"}],
    [{"op": "copy", "path": "/a"}],
    [{"op": "move", "path": "/a"}],
    [{"op": "move", "path": "/a", "from": "a"}],
    [{"op": "add", "path": "a", "value": 1}],
    [{"op": "add", "path": 1, "value": 1}],
    [{"op": "add", "path": "/a~", "value": 1}],
    [{"op": "add", "path": "/a~2b", "value": 1}],
    [{"op": "test", "path": "/a", "value": 1}] * (MOST_OPERATIONS + 1),
]


def written(operation):
    """An operation of the tables as RFC 6902 writes it."""
    op, path, *rest = operation
    name = "from" if op in {"move", "copy"} else "value"
    return {"op": op, "path": path, **({name: rest[0]} if rest else {})}


@pytest.mark.parametrize(("there", "operations", "left"), DONE)
def test_operations_do_what_they_say(there, operations, left):
    before = copy.deepcopy(there)
    assert patch(there, [written(one) for one in operations]) == left
    assert there == before


@pytest.mark.parametrize(("there", "operations"), FAILS)
def test_what_cannot_be_done_leaves_everything(there, operations):
    before = copy.deepcopy(there)
    first = {"op": "add", "path": "/kept-out", "value": 1}
    with pytest.raises(PatchFailed) as failed:
        patch(there, [first, *(written(one) for one in operations)])
    assert there == before
    assert "text" not in str(failed.value)


@pytest.mark.parametrize("operations", MALFORMED)
def test_what_is_no_patch_is_refused_as_such(operations):
    with pytest.raises(PatchMalformed):
        patch({"a": 1}, operations)


def test_members_nobody_knows_are_left_alone():
    assert patch({"a": 1}, [{"op": "test", "path": "/a", "value": 1, "why": "x"}]) == {"a": 1}


def test_the_same_patch_does_the_same_a_second_time():
    operations = [
        {"op": "add", "path": "/a", "value": [1]},
        {"op": "add", "path": "/a/-", "value": 2},
    ]
    assert patch({}, operations) == patch({}, operations) == {"a": [1, 2]}


def test_numbers_are_left_as_they_were_written():
    there = parse(b'{"a":{"value":120.50},"b":1}')
    patched = patch(there, [{"op": "replace", "path": "/b", "value": 2}])
    assert write_exactly(patched) == b'{"a":{"value":120.50},"b":2}'
    patched = patch(there, parse(b'{"p":[{"op":"test","path":"/a/value","value":120.5}]}')["p"])
    assert write_exactly(patched) == write_exactly(there)


def test_a_patch_neither_grows_nor_nests_without_end():
    twice = [{"op": "copy", "from": "/a", "path": "/a/-"}]
    with pytest.raises(PatchFailed, match=r"copies too much|nested too deep"):
        patch({"a": [{"text": "x" * 1000}]}, twice * 60)
    with pytest.raises(PatchFailed, match="copies too much"):
        patch({"a": "x" * 1_000_000, "b": []}, [{"op": "copy", "from": "/a", "path": "/b/-"}] * 9)
    deeper = [
        {"op": "add", "path": "/a" * length, "value": {"a": {"a": {}}}}
        for length in range(1, 90, 3)
    ]
    with pytest.raises(PatchFailed, match="nested too deep"):
        patch({}, deeper)
    deeper = [
        {"op": "move", "from": "/b", "path": "/a/a"},
        {"op": "add", "path": "/b", "value": {}},
    ]
    assert patch({"a": {}, "b": 1}, deeper) == {"a": {"a": 1}, "b": {}}


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), values), st.text(max_size=3), values)
def test_what_is_added_is_there_and_removed_is_gone(there, name, value):
    path = "/" + name.replace("~", "~0").replace("/", "~1")
    added = patch(there, [{"op": "add", "path": path, "value": value}])
    assert is_equal(added, {**there, name: value})
    rest = {other: inner for other, inner in there.items() if other != name}
    assert is_equal(patch(added, [{"op": "remove", "path": path}]), rest)


@given(values, values)
def test_equal_means_written_alike(one, other):
    assert is_equal(one, other) is (
        write_exactly(one, is_sorted=True) == write_exactly(other, is_sorted=True)
    )
