"""How a FHIR search inside one resident is understood, and what refuses it."""

from datetime import UTC, date, datetime

import pytest

from openhealthcode.record import KINDS, Order, SearchNotUnderstood, read_search, search_parameters

LOINC = "http://loinc.org"


def search(text, type_="Observation"):
    return read_search(type_, [tuple(pair.split("=", 1)) for pair in text.split("&")])


def test_the_usual_search_of_results():
    found = search("patient=a.b-C&category=laboratory&_sort=-date&_count=20")
    assert found.patient == "a.b-C"
    assert found.tokens == ({"category||laboratory"},)
    assert found.order is Order.NEWEST
    assert (found.count, found.days, found.filed, found.ids) == (20, None, None, frozenset())


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("2339-0", {"code||2339-0"}),
        (f"{LOINC}|2339-0", {f"code|{LOINC}|2339-0"}),
        ("|2339-0", {"code|-|2339-0"}),
        (f"{LOINC}|", {f"code|{LOINC}|"}),
        ("a,b", {"code||a", "code||b"}),
        (r"a\,b", {"code||a,b"}),
        (r"a\|b", {"code||a|b"}),
        (r"a\\b", {r"code||a\b"}),
    ],
)
def test_a_code_is_asked_for_with_or_without_its_system(value, keys):
    assert search(f"patient=x&code={value}").tokens == (keys,)


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2026-03-05", [(date(2026, 3, 5), date(2026, 3, 6))]),
        ("2026-03", [(date(2026, 3, 1), date(2026, 4, 1))]),
        ("2026-12", [(date(2026, 12, 1), date(2027, 1, 1))]),
        ("2026", [(date(2026, 1, 1), date(2027, 1, 1))]),
        ("9999", [(date(9999, 1, 1), None)]),
        ("9999-12-31", [(date(9999, 12, 31), None)]),
        ("eq2026", [(date(2026, 1, 1), date(2027, 1, 1))]),
        ("ne2026", [(None, date(2026, 1, 1)), (date(2027, 1, 1), None)]),
        ("gt2026", [(date(2027, 1, 1), None)]),
        ("sa2026", [(date(2027, 1, 1), None)]),
        ("ge2026", [(date(2026, 1, 1), None)]),
        ("lt2026", [(None, date(2026, 1, 1))]),
        ("eb2026", [(None, date(2026, 1, 1))]),
        ("le2026", [(None, date(2027, 1, 1))]),
        ("gt9999", []),
        ("ge2026-03-05T10:30:00Z", [(date(2026, 3, 5), None)]),
        ("gt2026-03-05T10:30:00+08:00", [(date(2026, 3, 5), None)]),
        ("lt2026-03-05T10:30", [(None, date(2026, 3, 6))]),
        ("ne2026-03-05T10:30", [(None, None)]),
        ("2024,2026", [(date(2024, 1, 1), date(2025, 1, 1)), (date(2026, 1, 1), date(2027, 1, 1))]),
        ("2024,2025", [(date(2024, 1, 1), date(2026, 1, 1))]),
    ],
)
def test_a_date_stands_for_all_the_time_it_covers(value, days):
    assert search(f"patient=x&date={value}", "Condition").days == tuple(days)


def test_conditions_on_the_date_hold_together():
    assert search("patient=x&date=ge2026-01&date=lt2026-03", "Condition").days == (
        (date(2026, 1, 1), date(2026, 3, 1)),
    )
    assert search("patient=x&date=lt2026&date=gt2026", "Condition").days == ()


def test_our_date_is_the_clinical_day_and_r4s_own_are_what_r4_says():
    ours, r4s = (search(f"patient=x&{name}=2026", "Condition") for name in ("date", "onset-date"))
    assert (len(ours.days), len(ours.conditions)) == (1, 0)
    assert (r4s.days, len(r4s.conditions)) == (None, 1)
    assert search("patient=x&date=2026").days is None, "Observation has a date of R4"
    assert search("patient=x&_sort=-authoredon", "MedicationRequest").order is Order.NEWEST


def test_filing_is_asked_for_to_the_second():
    found = search("patient=x&_lastUpdated=2026-03-05T10:30:00%2B08:00".replace("%2B", "+"))
    moment = datetime(2026, 3, 5, 2, 30, tzinfo=UTC)
    assert found.filed == ((moment, moment.replace(second=1)),)
    assert search("patient=x&_lastUpdated=ge2026-03-05").filed == (
        (datetime(2026, 3, 5, tzinfo=UTC), None),
    )


def test_one_resident_is_named_in_any_of_fhirs_ways():
    for value in ("x", "Patient/x", "https://ehr.example/fhir/Patient/x"):
        assert search(f"patient={value}").patient == "x"
        assert search(f"subject={value}").patient == "x"
        assert search(f"subject:Patient={value}").patient == "x"
    assert search("_id=x", "Patient").patient == "x"
    assert search("patient=x&subject=Patient/x").patient == "x"


@pytest.mark.parametrize(
    "text",
    [
        "code=2339-0",
        "patient=x&patient=y",
        "patient=x&subject=y",
        "patient=x,y",
        "patient=",
        "patient=Group/x",
        "patient=x y",
        "patient=x&subject:Group=x",
        "patient=x&code=a|b|c",
        "patient=x&code=|",
        "patient=x&code=",
        "patient=x&code=" + ",".join("abc" for _ in range(65)),
        "patient=x&code=" + "a" * 2001,
        "patient=x&date=yesterday",
        "patient=x&date=2026-02-30",
        "patient=x&date=0000",
        "patient=x&date=2026-1-1",
        "patient=x&_lastUpdated=2026-01-01T25:00",
        "patient=x&_lastUpdated=9999-12-31T23:59",
        "patient=x&_count=-1",
        "patient=x&_count=ten",
        "patient=x&_count=１",
        "patient=x&_id=a&_id=b",
        "patient=x&unknown=5",
        "patient=x&code:contains=a",
        "patient=x&code:missing=perhaps",
        "patient=x&value-quantity=many",
        "patient=x&value-quantity=5|mg",
        "patient=x&code-value-quantity=a",
        "patient=x&code-value-quantity:not=a$5",
        "patient=x&identifier:of-type=a|b",
        "patient=x&code.status=a",
        "patient=x&encounter.unknown=a",
        "patient=x&encounter:Group.status=a",
        "patient=x&encounter" + ".part-of" * 5 + "=a",
        "patient=x&_has:Encounter:status=a",
        "patient=x&_has:Observation:code:status=a",
        "patient=x&_has:Group:member:status=a",
        "patient=x&_include=Observation",
        "patient=x&_include=Observation:code",
        "patient=x&_include=Group:member",
        "patient=x&_include:exact=Observation:encounter",
        "patient=x&_revinclude=*",
        "patient=x&_total=some",
        "patient=x&_sort=date&_sort=code",
        "patient=x&_sort=code,status,date,method",
        "patient=x&_sort=unknown",
        "patient=x&_sort=code-value-quantity",
        "&".join(["patient=x"] * 33),
    ],
)
def test_what_is_not_understood_refuses_the_search(text):
    with pytest.raises(SearchNotUnderstood) as refused:
        search(text)
    assert "2026-02-30" not in str(refused.value)
    assert "yesterday" not in str(refused.value)


def test_a_page_is_never_larger_than_the_largest():
    assert search("patient=x&_count=1000000").count == 200


@pytest.mark.parametrize("type_", KINDS)
def test_every_type_can_be_searched_inside_one_resident(type_):
    parameters = search_parameters(type_)
    assert ("patient" in parameters) is (type_ != "Patient")
    types = {"token", "date", "reference", "string", "quantity", "uri", "composite"}
    assert set(parameters.values()) <= types
