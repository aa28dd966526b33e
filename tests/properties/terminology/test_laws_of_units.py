"""Laws of units: there and back, one after the other, whatever is typed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.terminology import ucum
from openhealthcode.terminology.ucum import InvalidUnit
from openhealthcode.terminology.ucum.units import table

_CODES = sorted(code for code, atom in table().atoms.items() if atom.kind in {"base", "metric"})
atoms = st.sampled_from(_CODES)
prefixed = st.builds(str.__add__, st.sampled_from(["", *sorted(table().prefixes)]), atoms)
components = st.builds(
    lambda unit, exponent, note: f"{unit}{exponent}{note}",
    prefixed,
    st.sampled_from(["", "2", "-1", "3"]),
    st.sampled_from(["", "{note}"]),
)
LONGEST_USED = 60
"""Twice one, and a few signs, are a unit still."""
units = st.recursive(
    components,
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"{a}.{b}", inner, inner),
        st.builds(lambda a, b: f"{a}/({b})", inner, inner),
    ),
    max_leaves=4,
).filter(lambda unit: len(unit) <= LONGEST_USED)
values = st.decimals(
    min_value=Decimal("0.001"), max_value=Decimal(100_000), allow_nan=False, places=3
)


@given(units)
def test_whatever_the_grammar_builds_is_a_unit(unit):
    assert ucum.is_unit(unit)
    assert ucum.parse(f"({unit})") == ucum.parse(unit)
    assert ucum.parse(f"{unit}/({unit})").dimensions == ()


@given(values, units, units)
def test_there_and_back_is_the_same(value, one, other):
    there = ucum.convert(value, one, other)
    assert (there is None) == (not ucum.are_comparable(one, other))
    same = ucum.convert(value, one, one)
    assert same == value
    if there:
        back = ucum.convert(there, other, one)
        assert back is not None
        assert abs(back - value) <= value * Decimal("1e-13")


@given(st.text(max_size=140))
def test_whatever_is_typed_is_a_unit_or_refused(text):
    try:
        ucum.parse(text)
    except InvalidUnit:
        assert not ucum.is_unit(text)
    else:
        assert ucum.convert(Decimal(1), text, text) == 1
