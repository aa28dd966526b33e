"""From the entries that were shown to what decides first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from openhealthcode.record.plain import findings, treatment
from openhealthcode.record.plain.concept import code_of, codes_of, name_of
from openhealthcode.record.plain.dates import as_date, when_of
from openhealthcode.record.plain.fields import Json, first_of, mappings_of, text_of
from openhealthcode.record.plain.words import Language, joined, word_or
from openhealthcode.record.summary.medication import MEDICATION_TYPES, medication_of
from openhealthcode.record.summary.model import (
    Allergy,
    Done,
    Problem,
    Relative,
    Summary,
    Vaccine,
)
from openhealthcode.record.summary.results import blood_type_of, results_of

Numbered = list[tuple[int, Json]]

_WRONG: Final = frozenset({"refuted", "entered-in-error"})
_OVER: Final = frozenset({"resolved", "inactive", "remission"})
_NO_ALLERGY_CODES: Final = frozenset({"716186003", "409137002", "429625007", "428607008"})
_NO_ALLERGY_WORDS: Final = ("无已知", "否认", "no known")
_DANGER: Final = {"high": 0, "unable-to-assess": 1, "": 1, "low": 2}
_VISIT_DIAGNOSIS_DAYS: Final = 365
_NOT_TAKEN_PLACE: Final = frozenset({"not-done", "entered-in-error", "preparation", "cancelled"})


def summarise(resources: Sequence[Json], today: date, language: Language = "zh-CN") -> Summary:
    """Put together what a clinician needs in the first ten seconds.

    Works on exactly the entries it is given, which are those that may be shown: an empty part
    says that nothing was seen, never that there is nothing.

    Args:
        resources: FHIR R4 resources of one resident, in any order.
        today: the day to judge "current" and "recent" by.
        language: the language of names and doses.
    """
    by_type: dict[str, Numbered] = defaultdict(list)
    for place, resource in enumerate(resources):
        type_name = str(resource.get("resourceType"))
        by_type["medication" if type_name in MEDICATION_TYPES else type_name].append(
            (place, resource)
        )
    observations = by_type["Observation"]
    return Summary(
        allergies=_allergies(by_type["AllergyIntolerance"], language),
        problems=_problems(by_type["Condition"], today, language),
        medication=medication_of(by_type["medication"], today, language),
        results=results_of(observations, today, language),
        immunisations=_vaccines(by_type["Immunization"], language),
        procedures=_procedures(by_type["Procedure"], language),
        family_history=_family(by_type["FamilyMemberHistory"], language),
        blood_type=blood_type_of(observations, language),
        implants=_implants([*by_type["Device"], *by_type["DeviceUseStatement"]], language),
        no_known_allergy=max(
            (when_of(one) for _, one in by_type["AllergyIntolerance"] if _says_none(one)),
            default="",
        ),
    )


def _allergies(resources: Numbered, language: Language) -> tuple[Allergy, ...]:
    known: dict[str, Allergy] = {}
    for entry, resource in resources:
        if _is_wrong_or_over(resource) or _says_none(resource):
            continue
        allergy = Allergy(
            findings.allergen(resource, language),
            findings.reactions(resource, language),
            text_of(resource.get("criticality"), 20),
            when_of(resource),
            entry,
        )
        key = allergy.name.casefold()
        if key not in known or _danger(allergy) < _danger(known[key]):
            known[key] = allergy
    newest_first = sorted(known.values(), key=lambda allergy: allergy.since, reverse=True)
    return tuple(sorted(newest_first, key=_danger))


def _danger(allergy: Allergy) -> int:
    return _DANGER.get(allergy.criticality, 1)


def _says_none(resource: Json) -> bool:
    code = resource.get("code")
    if any(found in _NO_ALLERGY_CODES for _, found in codes_of(code)):
        return True
    written = text_of(code.get("text"), 80).casefold() if isinstance(code, dict) else ""
    return any(written.startswith(words) for words in _NO_ALLERGY_WORDS)


def _problems(resources: Numbered, today: date, language: Language) -> tuple[Problem, ...]:
    lasting: dict[str, Problem] = {}
    recent: dict[str, Problem] = {}
    for entry, resource in resources:
        if _is_wrong_or_over(resource) or _has_ended(resource):
            continue
        name = findings.condition(resource, language).title
        found = Problem(name, _problem_note(resource, language), when_of(resource), entry)
        if not _is_of_a_visit(resource):
            _keep_earliest(lasting, found)
        elif _is_recent(resource, today):
            _keep_earliest(recent, found)
    first_by_age = sorted(lasting.values(), key=lambda problem: problem.since or "9")
    others = [problem for key, problem in recent.items() if key not in lasting]
    return (*first_by_age, *sorted(others, key=lambda problem: problem.since, reverse=True))


def _keep_earliest(known: dict[str, Problem], found: Problem) -> None:
    before = known.get(found.name)
    if before is None:
        known[found.name] = found
        return
    days = [day for day in (before.since, found.since) if day]
    later = found if found.since >= before.since else before
    known[found.name] = Problem(
        found.name, later.note or before.note or found.note, min(days, default=""), later.entry
    )


def _problem_note(resource: Json, language: Language) -> str:
    verification = code_of(resource.get("verificationStatus"))
    return joined(
        [
            word_or(f"problem.{verification}", language),
            name_of(resource.get("severity"), language),
            name_of(first_of(resource.get("stage")).get("summary"), language),
        ],
        language,
    )


def _has_ended(resource: Json) -> bool:
    return any(key.startswith("abatement") for key in resource)


def _is_of_a_visit(resource: Json) -> bool:
    codes = {code for one in mappings_of(resource.get("category")) for _, code in codes_of(one)}
    if "problem-list-item" in codes:
        return False
    return "encounter-diagnosis" in codes or not code_of(resource.get("clinicalStatus"))


def _is_recent(resource: Json, today: date) -> bool:
    day = as_date(when_of(resource))
    return day is not None and (today - day).days <= _VISIT_DIAGNOSIS_DAYS


def _is_wrong_or_over(resource: Json) -> bool:
    return (
        code_of(resource.get("verificationStatus")) in _WRONG
        or code_of(resource.get("clinicalStatus")) in _OVER
    )


def _vaccines(resources: Numbered, language: Language) -> tuple[Vaccine, ...]:
    given: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for entry, resource in resources:
        if resource.get("status") not in _NOT_TAKEN_PLACE:
            given[treatment.immunisation(resource, language).title].append(
                (when_of(resource), entry)
            )
    vaccines = [Vaccine(name, len(doses), *max(doses)) for name, doses in given.items()]
    return tuple(sorted(vaccines, key=lambda vaccine: vaccine.last, reverse=True))


def _procedures(resources: Numbered, language: Language) -> tuple[Done, ...]:
    return _latest_of_each(
        Done(treatment.procedure(resource, language).title, when_of(resource), entry)
        for entry, resource in resources
        if resource.get("status") not in _NOT_TAKEN_PLACE
    )


def _implants(resources: Numbered, language: Language) -> tuple[Done, ...]:
    return _latest_of_each(
        Done(treatment.device(resource, language).title, when_of(resource), entry)
        for entry, resource in resources
        if resource.get("status", "active") == "active"
    )


def _latest_of_each(found: Iterable[Done]) -> tuple[Done, ...]:
    latest: dict[str, Done] = {}
    for done in found:
        if done.name not in latest or done.when > latest[done.name].when:
            latest[done.name] = done
    return tuple(sorted(latest.values(), key=lambda done: done.when, reverse=True))


def _family(resources: Numbered, language: Language) -> tuple[Relative, ...]:
    said = [
        Relative(*findings.family_history(resource, language), entry)
        for entry, resource in resources
        if resource.get("status") != "entered-in-error"
    ]
    return tuple(relative for relative in said if relative.diseases)
