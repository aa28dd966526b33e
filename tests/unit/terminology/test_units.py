"""Units of measure: what is one by UCUM's grammar, and quantities said in other units."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openhealthcode.terminology import ucum
from openhealthcode.terminology.ucum import InvalidUnit
from openhealthcode.terminology.ucum.units import table


@pytest.mark.parametrize(
    "unit",
    [
        "mmol/L", "mg/dL", "10*9/L", "10*3/uL", "10^3", "/min", "mm[Hg]", "%", "kg/m2", "Cel",
        "[degF]", "{score}", "ug/(24.h)", "U/L", "[iU]/mL", "m[iU]/L", "g/(kg.min)",
        "mL/min/{1.73_m2}", "mL/(min.{1.73_m2})", "fL", "pg", "/[HPF]", "mm/h", "ng/mL{FEU}", "1",
        "[APL'U]", "cm[H2O]", "dB", "k[iU]/L", "mg/g{creat}", "meq/L", "mosm/kg", "''", "10*-3",
        "2.mg", "{}", "[in_i'H2O]", "m/s2", "s-1", "m+2", "((m))", "KiBy",
    ],
)  # fmt: skip
def test_this_is_a_unit(unit):
    assert ucum.is_unit(unit)


@pytest.mark.parametrize(
    "unit",
    [
        "", " ", "mmHg", "ratio", "m g", "mg ", "(mg", "mg)", "m.", "/", "m//s", "m..s", "Cel2",
        "kCel", "mCel/h", "Cel.m", "0.mg", "{a}b", "mg{", "mg}", "kmin", "k%", "k[lb_av]", "M[Hg]",
        "mm[hg]", "MG", "-1", "m-", "m-99", "10**", "mg/dL?", "㎎", "m2m", "[in_i", "k",
        "m" * 129, "(" * 20 + "m" + ")" * 20,
    ],
)  # fmt: skip
def test_this_is_none(unit):
    assert not ucum.is_unit(unit)
    with pytest.raises(InvalidUnit):
        ucum.parse(unit)


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "answer"),
    [
        ("37", "Cel", "[degF]", "98.6"),
        ("98.6", "[degF]", "Cel", "37"),
        ("0", "K", "Cel", "-273.15"),
        ("120", "mm[Hg]", "kPa", "15.99864"),
        ("180", "cm", "m", "1.8"),
        ("5.5", "10*9/L", "10*3/uL", "5.5"),
        ("70", "kg", "[lb_av]", "154.323583529414"),
        ("1", "[lb_av]", "g", "453.59237"),
        ("6.3", "s/4/m", "s/m", "1.575"),
        ("250", "mg/dL", "g/L", "2.5"),
        ("5.6", "mmol/L", "umol/mL", "5.6"),
        ("1", "U/L", "nkat/L", "16.6666666666667"),
        ("60", "/min", "s-1", "1"),
        ("1", "/h", "/d", "24"),
        ("90", "mL/min", "L/d", "129.6"),
        ("1", "d", "h", "24"),
        ("1000", "[iU]/L", "k[iU]/L", "1"),
        ("1", "[IU]", "[iU]", "1"),
        ("2000", "kcal", "[Cal]", "2000"),
        ("5", "%", "1", "0.05"),
        ("120.50", "mg", "g", "0.1205"),
    ],
)
def test_a_quantity_in_another_unit(value, unit, wanted, answer):
    assert ucum.convert(Decimal(value), unit, wanted) == Decimal(answer)


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("mmol/L", "mg/dL"),  # of which substance, nobody said
        ("mmol/L", "10*9/L"),  # a mole is no count of cells
        ("[iU]", "mg"),
        ("[iU]", "[arb'U]"),
        ("kg", "m"),
        ("Cel", "%"),
    ],
)
def test_what_measures_something_else_is_not_converted(unit, wanted):
    assert ucum.convert(Decimal(1), unit, wanted) is None
    assert not ucum.are_comparable(unit, wanted)


def test_a_conversion_of_what_is_no_unit_is_refused():
    with pytest.raises(InvalidUnit):
        ucum.convert(Decimal(1), "mmHg", "kPa")
    with pytest.raises(InvalidUnit):
        ucum.are_comparable("kPa", "mmHg")


def test_every_unit_of_the_table_is_one_and_named():
    for code, atom in table().atoms.items():
        assert ucum.parse(code).factor > 0
        assert atom.chinese
        assert atom.english
        if atom.is_metric and atom.kind != "Celsius":
            assert ucum.parse(f"m{code}").factor * 1000 == ucum.parse(code).factor
