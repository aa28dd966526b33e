"""Resources of any kind, right and wrong: what laws are tried on."""

from __future__ import annotations

import copy

from hypothesis import strategies as st

import visits
from openhealthcode.record import KINDS
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
