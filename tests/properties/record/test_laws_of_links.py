"""Laws of how closed kinds follow references."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.record.links import Linked, reference_to, spread
from openhealthcode.standards import SensitiveCategory

KINDS = st.frozensets(st.sampled_from(list(SensitiveCategory)), max_size=2)


@st.composite
def records(draw):
    """Entries, each with a name of its own, that refer to each other in any way, in circles too."""
    size = draw(st.integers(1, 8))
    places = st.frozensets(st.integers(0, size), max_size=3)
    return [
        Linked(
            frozenset({name(place)}),
            frozenset(reference_to(name(other)) for other in draw(places)),
            draw(KINDS),
        )
        for place in range(size)
    ]


def name(place: int) -> bytes:
    return place.to_bytes(8)


@given(records())
def test_nothing_that_is_less_closed_refers_to_something_more_closed(entries):
    carried = spread(entries)
    for place, entry in enumerate(entries):
        for other, target in enumerate(entries):
            if any(reference_to(one) in entry.references for one in target.names):
                assert carried[other] <= carried[place]


@given(records())
def test_nothing_is_closed_without_a_reason(entries):
    """Every kind an entry carries comes from an entry that it reaches by references."""
    carried = spread(entries)
    for place, kinds in enumerate(carried):
        reached = [entries[other].sensitive for other in reachable(entries, place)]
        assert kinds == frozenset().union(*reached)


@given(records())
def test_what_is_spread_once_is_spread(entries):
    carried = spread(entries)
    again = [
        Linked(e.names, e.references, kinds) for e, kinds in zip(entries, carried, strict=True)
    ]
    assert spread(again) == carried


@given(records())
def test_what_an_entry_is_called_is_told_from_what_it_refers_to(entries):
    for entry in entries:
        assert Linked.as_filed(entry.names | entry.references, entry.sensitive) == entry


@given(st.binary(min_size=8, max_size=8))
def test_a_name_and_a_reference_to_it_lead_to_each_other_and_differ(token):
    assert reference_to(reference_to(token)) == token != reference_to(token)


def reachable(entries, start):
    found, waiting = {start}, [start]
    while waiting:
        references = entries[waiting.pop()].references
        for other, entry in enumerate(entries):
            if other not in found and references & {reference_to(one) for one in entry.names}:
                found.add(other)
                waiting.append(other)
    return found
