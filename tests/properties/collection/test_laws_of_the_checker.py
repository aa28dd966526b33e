"""What holds for the checker whatever is delivered, under every rule and every choice."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.collection import RULES, CollectionScene, Demand, Verdict
from openhealthcode.collection.rules import judge, without

MARKER = "MARKED-VALUE-7Q"
ELEMENTS = st.sampled_from(sorted(RULES.catalogue))
SCENES = st.sampled_from(list(CollectionScene))
CHOICES = st.dictionaries(ELEMENTS, st.booleans())


def holding(element_id: str, place: int) -> dict[str, Any] | None:
    """A resource that holds an element in one of the ways FHIR offers."""
    element = RULES.catalogue[element_id]
    if not element.fhir:
        return {"resourceType": "Observation", "code": {"text": element.words[0]}}
    selector = element.fhir[place % len(element.fhir)]
    made: dict[str, Any] = {"resourceType": selector.type}
    if selector.key == "url":
        made["extension"] = [{"url": selector.value, "valueString": MARKER}]
    elif selector.key == "category":
        made["category"] = [{"coding": [{"code": selector.value}]}]
    elif selector.key == "code":
        system, _, code = selector.value.partition("|")
        made["code"] = {"coding": [{"system": system, "code": code}]}
    inner: Any = MARKER
    for name in reversed(selector.path if not selector.key else ()):
        inner = {name: inner}
    if isinstance(inner, dict):
        made |= inner
    if not selector.path:
        made["note"] = [{"text": MARKER}]
    return made


RESOURCES = st.builds(holding, ELEMENTS, st.integers(0, 8))


@given(SCENES, ELEMENTS, st.integers(0, 8), CHOICES)
def test_an_element_that_no_scene_asks_never_comes_in(scene, element_id, place, choices):
    rule = RULES.of(scene)
    element = RULES.catalogue[element_id]
    if not element.is_over_collection or element_id in rule.elements:
        return
    found = judge(rule, holding(element_id, place), choices)
    # What it stands in may come in without it: a visit without what was eaten.
    verdicts = {each.verdict for each in found if each.element == element_id}
    assert verdicts == {Verdict.BEYOND_RULE}


@given(SCENES, RESOURCES, CHOICES)
def test_what_is_left_after_taking_out_is_all_permitted(scene, resource, choices):
    rule = RULES.of(scene)
    before = copy.deepcopy(resource)
    found = judge(rule, resource, choices)
    refused = [each.path for each in found if each.verdict is not Verdict.PERMITTED]
    left = without(resource, refused)
    assert resource == before
    assert left is None or all(
        each.verdict is Verdict.PERMITTED for each in judge(rule, left, choices)
    )
    if not refused:
        assert left == resource


@given(SCENES, RESOURCES, CHOICES)
def test_no_verdict_carries_a_value(scene, resource, choices):
    assert MARKER not in repr(judge(RULES.of(scene), resource, choices))


@given(SCENES, RESOURCES, CHOICES)
def test_hiding_something_in_a_contained_resource_does_not_help(scene, resource, choices):
    rule = RULES.of(scene)
    alone = {each.verdict for each in judge(rule, resource, choices)}
    inside = judge(rule, {"resourceType": "Organization", "contained": [resource]}, choices)
    assert {each.verdict for each in inside} == alone
    assert all(each.path == () for each in inside)


@given(SCENES, RESOURCES, CHOICES)
def test_refusing_more_never_lets_more_in(scene, resource, choices):
    rule = RULES.of(scene)

    def permitted(answers: dict[str, bool]) -> set[str]:
        found = judge(rule, resource, answers)
        refused = [each.path for each in found if each.verdict is not Verdict.PERMITTED]
        return set() if () in refused else {
            each.element for each in found if each.verdict is Verdict.PERMITTED
        }  # fmt: skip

    assert permitted(dict.fromkeys(RULES.catalogue, False)) <= permitted(choices)


@given(SCENES, ELEMENTS)
def test_nobody_can_refuse_what_the_purpose_needs_and_nobody_need_give_the_rest(scene, element_id):
    rule = RULES.of(scene)
    ruled = rule.elements.get(element_id)
    refused = rule.verdict(element_id, {element_id: False})
    assert (refused is Verdict.PERMITTED) == (ruled is not None and ruled.demand is Demand.REQUIRED)
