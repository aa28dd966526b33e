"""Who lives in the region: ages, families, names, phones, places."""

from collections import Counter

import pytest

from openhealthcode.demonstration.region import SyntheticResident, generate
from openhealthcode.registry import InstitutionKind, PractitionerRole
from synthetic_lives import TODAY, lives, region

MANY = generate(5, TODAY, 3000)


def age(resident: SyntheticResident) -> float:
    return (TODAY - resident.birth_date).days / 365.25


def share(condition: list[bool]) -> float:
    return sum(condition) / len(condition)


def test_the_age_pyramid_is_a_county_towns():
    ages = [age(resident) for resident in MANY.residents]
    assert 0.15 < share([each < 15 for each in ages]) < 0.22
    assert 0.12 < share([each >= 65 for each in ages]) < 0.20
    assert 0.02 < share([each >= 80 for each in ages]) < 0.06
    assert max(ages) < 101


@pytest.mark.parametrize("seed", range(6))
def test_there_is_always_a_newborn_and_somebody_past_ninety(seed: int):
    ages = [age(resident) for resident in generate(seed, TODAY, 40).residents]
    assert min(ages) < 0.1
    assert max(ages) > 90


def test_both_sexes_are_there():
    assert 0.45 < share([resident.sex == "male" for resident in MANY.residents]) < 0.54


def test_most_children_bear_their_fathers_surname():
    by_key = {resident.key: resident for resident in MANY.residents}
    fathers = [
        (child, by_key[relation.resident])
        for child in MANY.residents
        for relation in child.relations
        if relation.role == "father" and "·" not in child.name and age(child) < 25
    ]
    same = share([child.name[0] == father.name[0] for child, father in fathers])
    assert len(fathers) > 300
    assert 0.88 < same < 0.97


def test_surnames_are_concentrated_as_they_are():
    counts = Counter(each.name[0] for each in MANY.residents if "·" not in each.name)
    total = sum(counts.values())
    assert {name for name, _ in counts.most_common(5)} & {"王", "李", "张"} == {"王", "李", "张"}
    assert 0.02 < sum((count / total) ** 2 for count in counts.values()) < 0.036


def test_given_names_have_the_usual_length():
    given = [len(each.name) - 1 for each in MANY.residents if "·" not in each.name]
    assert 1.68 < sum(given) / len(given) < 1.86


def test_a_few_names_have_two_parts():
    dotted = [each for each in MANY.residents if "·" in each.name]
    assert 0.003 < len(dotted) / len(MANY.residents) < 0.03


def test_nobody_is_named_like_somebody_of_the_same_house():
    names = {resident.key: resident.name for resident in MANY.residents}
    for household in MANY.households:
        assert len({names[key] for key in household.residents}) == len(household.residents)


def test_children_are_reached_by_a_grown_ups_phone():
    for resident in MANY.residents:
        if age(resident) < 14:
            assert not resident.owns_phone
    old = [not resident.owns_phone for resident in MANY.residents if age(resident) > 76]
    assert 0.1 < share(old) < 0.45


def test_mothers_are_older_than_their_children_by_a_generation():
    by_key = {resident.key: resident for resident in MANY.residents}
    for child in MANY.residents:
        for relation in child.relations:
            if relation.role == "mother":
                mother = by_key[relation.resident]
                assert mother.sex == "female"
                assert 20 <= age(mother) - age(child) <= 43


def test_relations_are_mutual():
    by_key = {resident.key: resident for resident in MANY.residents}
    inverse = {"mother": "child", "father": "child", "spouse": "spouse"}
    for resident in MANY.residents:
        for relation in resident.relations:
            if relation.role in inverse:
                back = {(r.role, r.resident) for r in by_key[relation.resident].relations}
                assert (inverse[relation.role], resident.key) in back


def test_twins_have_neighbouring_numbers():
    born: dict[tuple[str, object], list[SyntheticResident]] = {}
    for resident in MANY.residents:
        mother = next((r.resident for r in resident.relations if r.role == "mother"), "")
        if mother:
            born.setdefault((mother, resident.birth_date), []).append(resident)
    twins = [pair for pair in born.values() if len(pair) == 2]
    assert twins
    for first, second in twins:
        assert first.national_id[:14] == second.national_id[:14]
        assert abs(int(first.national_id[14:17]) - int(second.national_id[14:17])) == 2


def test_the_region_has_every_kind_of_institution():
    kinds = {institution.kind for institution in region().institutions}
    assert kinds >= {
        InstitutionKind.TERTIARY_HOSPITAL,
        InstitutionKind.SECONDARY_HOSPITAL,
        InstitutionKind.TRADITIONAL_MEDICINE_HOSPITAL,
        InstitutionKind.MATERNAL_AND_CHILD_HOSPITAL,
        InstitutionKind.COMMUNITY_CENTRE,
        InstitutionKind.TOWNSHIP_CENTRE,
        InstitutionKind.VILLAGE_CLINIC,
        InstitutionKind.PHARMACY,
        InstitutionKind.DISEASE_CONTROL,
    }
    assert len(region().institutions) >= 16


def test_every_institution_has_staff_with_numbers_of_their_own():
    staff = region().practitioners
    keys = {institution.key for institution in region().institutions}
    assert len(staff) >= 80
    assert {practitioner.institution for practitioner in staff} == keys
    assert len({practitioner.key for practitioner in staff}) == len(staff)
    assert len({(each.institution, each.staff_number) for each in staff}) == len(staff)
    for practitioner in staff:
        assert practitioner.name_en.isascii()
        assert " " in practitioner.name_en
    assert {each.role for each in staff} >= {
        PractitionerRole.DOCTOR,
        PractitionerRole.NURSE,
        PractitionerRole.PHARMACIST,
        PractitionerRole.VILLAGE_DOCTOR,
        PractitionerRole.REGISTRAR,
        PractitionerRole.PUBLIC_HEALTH,
    }


def test_a_larger_region_has_the_same_kinds_of_lives():
    sizes = [len(each.bundle["entry"]) for each in MANY.residents[:400]]
    assert 45 < sum(sizes) / len(sizes) < 90


def test_personal_values_stay_out_of_representations():
    for resident, _ in lives()[:20]:
        assert resident.national_id not in repr(resident)
        assert resident.phone not in repr(resident)
        assert resident.address not in repr(resident)
