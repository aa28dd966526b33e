"""Value sets and maps of the release: all of what they name is there."""

from __future__ import annotations

import pytest

from openhealthcode.terminology import concept_maps, systems, value_sets
from openhealthcode.terminology.concepts import Content, code_system
from openhealthcode.terminology.value_sets import Filter, Part, value_set

EQUIVALENCES = {"equal", "equivalent", "wider", "narrower", "inexact", "unmatched"}


def test_every_code_a_value_set_names_is_one():
    unknown = []
    for url, one in value_sets.held().items():
        for part in (*one.include, *one.exclude):
            system = code_system(part.system)
            if system and system.about.content is Content.COMPLETE:
                named = {*part.codes, *(rule.value for rule in part.filters)}
                unknown += [(url, code) for code in named - system.concepts.keys()]
    assert unknown == []


def test_every_value_set_that_is_named_is_there():
    for one in value_sets.held().values():
        for part in (*one.include, *one.exclude):
            assert part.system or part.value_sets
            for url in part.value_sets:
                assert value_set(url) is not None, url
            if part.system not in {systems.SNOMED, systems.LOINC, systems.UCUM}:
                assert not part.system or code_system(part.system), part.system


def test_the_value_sets_of_required_bindings_are_there():
    wanted = ("observation-status", "condition-clinical", "medicationrequest-status", "link-type")
    for name in wanted:
        assert value_set(f"http://hl7.org/fhir/ValueSet/{name}") is not None


@pytest.mark.parametrize(
    ("url", "part"),
    [
        (f"{systems.SNOMED}?fhir_vs", Part(systems.SNOMED)),
        (
            f"{systems.SNOMED}?fhir_vs=isa/404684003",
            Part(systems.SNOMED, (), (Filter("concept", "is-a", "404684003"),)),
        ),
        ("http://loinc.org/vs", Part(systems.LOINC)),
        ("urn:test:list?fhir_vs", Part("urn:test:list")),
    ],
)
def test_a_code_system_is_a_value_set_too(url, part):
    found = value_set(url)
    assert found is not None
    assert found.include == (part,)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "?fhir_vs",
        "urn:of:nobody",
        "http://snomed.info/sct?fhir_vs=isa/",
        "http://snomed.info/sct?fhir_vs=refset/1",
        "http://loinc.org/vs/LL1",
        "http://hl7.org/fhir/ValueSet/observation-status|3.0.1",
    ],
)
def test_what_is_no_value_set_here_is_none(url):
    assert value_set(url) is None


def test_every_map_leads_from_codes_to_codes():
    for one in concept_maps.held().values():
        source, target = code_system(one.source), code_system(one.target)
        assert source is not None
        assert target is not None
        for row in one.rows:
            assert row.source in source.concepts, (one.about.url, row)
            assert row.equivalence in EQUIVALENCES
            assert row.target in target.concepts or (
                not row.target and row.equivalence == "unmatched"
            ), (one.about.url, row)


def test_a_map_is_read_backwards():
    forwards = concept_maps.held()["urn:openhealthcode:concept-map:marital-status"]
    backwards = concept_maps.held()["urn:openhealthcode:concept-map:marital-status-reversed"]
    assert [row.target for row in backwards.of("M")] == ["20", "21", "22", "23"]
    assert [row.equivalence for row in backwards.of("M")] == ["equivalent", *["narrower"] * 3]
    assert (backwards.source, backwards.target) == (forwards.target, forwards.source)
