"""The synthetic lives through the pages of the own record: drawn, beside the programme, readable."""

from __future__ import annotations

from collections import Counter
from datetime import date

from openhealthcode.portal.resident.record import growth, results
from openhealthcode.record.growth import growth_of
from openhealthcode.record.immunisation import State, given_in, schedule_of
from openhealthcode.record.plain import passages_of
from openhealthcode.record.series import series_of
from openhealthcode.record.summary import MEDICATION_TYPES, medication_of, past_medication_of
from openhealthcode.standards import Sex
from synthetic_lives import TODAY, lives, of


def born_and_sex(life):
    (person,) = of(life, "Patient")
    return date.fromisoformat(person["birthDate"]), Sex(person["gender"])


def test_children_were_vaccinated_as_the_programme_says():
    """The lives are written by a programme of their own: the two have to agree."""
    states = Counter(
        dose.state
        for _, life in lives()
        for plan in schedule_of(given_in(life), *born_and_sex(life), TODAY)
        for dose in plan.doses
    )
    assert states[State.GIVEN] > 1000
    assert states[State.LATE] == 0
    assert states[State.BEFORE] + states[State.PAST] + states[State.DUE] < states[State.GIVEN] / 20


def test_children_grow_between_the_curves():
    centiles = []
    for _, life in lives():
        for one in growth_of(life, *born_and_sex(life)):
            assert growth.draw(one, "").dots
            centiles += [point.centile for point in one.points if point.centile is not None]
    assert len(centiles) > 300
    outside = sum(not 3 <= centile <= 97 for centile in centiles)
    assert outside < len(centiles) / 10


def test_every_result_stands_in_one_series_and_every_series_can_be_drawn():
    for _, life in lives():
        series = series_of(life, "zh-CN")
        places = [reading.place for one in series for reading in one.readings]
        assert len(places) == len(set(places))
        assert {place.entry for place in places} == {
            index for index, one in enumerate(life) if one["resourceType"] == "Observation"
        }
        for one in series:
            days = {reading.when for reading in one.readings if reading.value is not None}
            assert (len(days) > 1) == (results.draw(one) is not None)


def test_a_medicine_is_in_use_or_of_the_past_and_every_entry_can_be_read():
    for _, life in lives():
        told = [(i, one) for i, one in enumerate(life) if one["resourceType"] in MEDICATION_TYPES]
        current = {one.name for one in medication_of(told, TODAY, "zh-CN")}
        past = {one.name for one in past_medication_of(told, TODAY, "zh-CN")}
        assert not current & past
        for one in life:
            for language in ("zh-CN", "en"):
                assert all(not passage.is_empty for passage in passages_of(one, language))
