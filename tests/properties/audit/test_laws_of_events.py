"""Two events that differ anywhere never share their bytes."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.transparency.leaf import canonical

texts = st.text(max_size=12)
moments = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
events = st.tuples(
    st.uuids(),
    st.integers(1, 2**63),
    moments,
    st.tuples(texts, texts, st.none() | texts, st.none() | texts, texts),
    st.uuids(),
    st.none() | st.uuids(),
    st.binary(max_size=40),
)


def meaning(event):
    """An absent and an empty text say the same."""
    resident_id, number, at, said, *rest = event
    return (resident_id, number, at, tuple(text or None for text in said), *rest)


@given(events, events)
def test_different_events_have_different_bytes(one, other):
    assert (canonical(*one) == canonical(*other)) == (meaning(one) == meaning(other))


@given(events, st.data())
def test_a_text_cannot_pass_for_its_neighbour(event, data):
    said = list(event[3])
    place = data.draw(st.integers(0, 3))
    joined = (said[place] or "") + (said[place + 1] or "")
    cut = data.draw(st.integers(0, len(joined)))
    moved = [*said[:place], joined[:cut], joined[cut:], *said[place + 2 :]]
    other = (*event[:3], tuple(moved), *event[4:])
    assert (canonical(*event) == canonical(*other)) == (meaning(event) == meaning(other))
