"""The reviewed map: what betrays a sensitive category and what, on purpose, does not."""

import re

import pytest

from openhealthcode.standards import SensitiveCategory
from openhealthcode.terminology import packaged_map, systems

ICD = systems.ICD_10
categories = packaged_map().categories


@pytest.mark.parametrize(
    ("system", "code", "kinds"),
    [
        (ICD, "F32.1", "mental-health"),
        (systems.ICD_10_CN, "F20.000", "mental-health"),
        (ICD, "f10.2", "substance-use"),
        (ICD, "X65", "mental-health substance-use"),
        (ICD, "B20", "hiv-and-sti"),
        (ICD, "A53.9", "hiv-and-sti"),
        (ICD, "O04.9", "reproductive"),
        (ICD, "Z31.2", "reproductive"),
        (ICD, "T74.1", "abuse"),
        (ICD, "Q90.9", "genetic"),
        (systems.ATC, "N06AB03", "mental-health"),
        (systems.ATC, "J05AR20", "hiv-and-sti"),
        (systems.ATC, "N07BC02", "substance-use"),
        (systems.ATC, "G03AC03", "reproductive"),
        (systems.LOINC, "7918-6", "hiv-and-sti"),
        (systems.LOINC, "44261-6", "mental-health"),
        (systems.LOINC, "3879-4", "substance-use"),
        (systems.SNOMED, "31676001", "hiv-and-sti"),
        (systems.SNOMED, "171207006", "mental-health"),
        (systems.RXNORM, "748962", "reproductive"),
    ],
)
def test_a_code_betrays(system, code, kinds):
    assert categories([(system, code)]) == set(kinds.split())


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD, "F17.2"),  # smoking is social history
        (ICD, "F03"),  # dementia, as G30
        (ICD, "Z34.9"),  # routine antenatal care
        (ICD, "O80.9"),  # delivery
        (ICD, "Z37.0"),
        (ICD, "J45.9"),
        (ICD, "B18.1"),  # hepatitis B
        (systems.ATC, "J05AF10"),  # entecavir
        (systems.ATC, "J05AF05"),  # lamivudine
        (systems.ATC, "N02AA01"),  # morphine
        (systems.ATC, "N07BA01"),  # nicotine
        (systems.LOINC, "8302-2"),
        ("http://example.org/own-codes", "F32.1"),
        ("", "B20"),
    ],
)
def test_ordinary_care_stays_open(system, code):
    assert categories([(system, code)]) == frozenset()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("中度抑郁发作", "mental-health"),
        ("美沙酮口服溶液", "substance-use"),
        ("梅毒螺旋体抗体", "hiv-and-sti"),
        ("HIV-1/2 antibody", "hiv-and-sti"),
        ("染色体核型分析", "genetic"),
        ("人工流产术后", "reproductive"),
        ("家庭暴力受害者", "abuse"),
        ("Sertraline 50 MG", "mental-health"),
        ("ＨＩＶ抗体", "hiv-and-sti"),
        ("IVF cycle; in vitro fertilization", "reproductive"),
        ("收费项目：无抽搐电休克", "mental-health"),
        ("转诊至社区戒毒康复中心", "substance-use"),
        ("妇产科：生殖健康与不孕症专业", "reproductive"),
        ("复诊：抑\n  郁发作", "mental-health"),
        ("抑\u200b郁发作", "mental-health"),
        ("憂鬱、焦慮", "mental-health"),
        ("自殺未遂", "mental-health"),
        ("梅\u3000毒", "hiv-and-sti"),
        ("major\n  depression", "mental-health"),
    ],
)
def test_words_betray_where_no_code_is_given(text, category):
    assert categories([], [text]) == {category}


@pytest.mark.parametrize(
    "text",
    [
        "ST depression",
        "Hearing aids",
        "rapeseed oil",
        "physiotherapist",
        "皮肤性病科",
        "Height",
        "非酒精性脂肪性肝病",
        "Non-alcoholic hepatitis",
        "nonalcoholic steatohepatitis",
        "狂犬病暴露后预防",
        "可逆转性病变",
        "乙肝病毒携带者筛查",
        "病情好转精神可",
        "乙型肝炎病毒脱氧核糖核酸(DNA)测定",
        "创面负压吸引",
        "HPV基因分型",
    ],
)
def test_a_word_that_means_something_else_betrays_nothing(text):
    assert categories([], [text]) == frozenset()


def test_the_department_alone_betrays():
    assert categories([], [], "精神科门诊") == {SensitiveCategory.MENTAL_HEALTH}


EVIDENCE = {"diagnosis", "drug", "test", "procedure", "department", "referral", "fee", "word"} | {
    "label"
}
MAPPED = sorted(set(SensitiveCategory) - {SensitiveCategory.CHOSEN, SensitiveCategory.UNREAD})
"""What is told by what an entry says; the rest by the resident, or by its not saying anything."""


def test_the_map_says_its_edition_and_gives_reason_and_source_for_every_row():
    edition = packaged_map().edition
    assert re.fullmatch(r"\d{4}\.\d+", edition.version)
    assert edition.date.year == int(edition.version[:4])
    assert edition.reviewers == (), "say here, too, who has read the map"
    for row in packaged_map().rows:
        assert row.reason
        assert row.source
        assert row.betrayed_by in EVIDENCE
        assert bool(row.family) == bool(row.prefixes or row.codes)
        assert bool(row.words) != bool(row.family)
        assert not row.family or row.family in systems.FAMILIES


@pytest.mark.parametrize("category", MAPPED)
def test_each_category_is_covered_by_every_kind_of_evidence(category):
    evidence = {row.betrayed_by for row in packaged_map().rows if row.category == category}
    no_drug = category in {SensitiveCategory.GENETIC, SensitiveCategory.ABUSE}
    assert evidence == EVIDENCE - ({"drug"} if no_drug else set())


@pytest.mark.parametrize("category", MAPPED)
def test_each_category_has_words_of_both_languages(category):
    words = "".join(w for row in packaged_map().rows if row.category == category for w in row.words)
    assert re.search("[a-z]", words)
    assert re.search("[\u4e00-\u9fff]", words)


def test_each_listed_code_and_word_is_found():
    for row in packaged_map().rows:
        for code in (*row.prefixes, *row.codes):
            uri = min(systems.FAMILIES[row.family])
            assert row.category in categories([(uri, code)]), code
        for word in row.words:
            text = f"… {word.removesuffix('*')} …"
            assert row.category in categories([], [text]), word


@pytest.mark.parametrize(
    ("family", "form"),
    [
        ("icd-10", r"[A-Z]\d?(\d(\.\d{1,2})?)?"),
        ("atc", r"[A-Z]\d\d[A-Z]?[A-Z]?(\d\d)?"),
        ("icd-9-procedure", r"\d\d\.\d{1,2}"),
        ("rxnorm", r"\d{4,7}"),
    ],
)
def test_every_code_is_written_as_its_system_writes_codes(family, form):
    for row in packaged_map().rows:
        if row.family == family:
            for code in (*row.prefixes, *row.codes):
                assert re.fullmatch(form, code), code


def test_no_row_says_what_another_says_already():
    for row in packaged_map().rows:
        assert len(set(row.words)) == len(row.words)
        assert len(set(row.codes)) == len(row.codes)
        assert len(set(row.prefixes)) == len(row.prefixes)


def test_what_the_resident_adds_is_not_in_the_map():
    assert SensitiveCategory.CHOSEN not in {row.category for row in packaged_map().rows}


def test_every_loinc_code_of_the_map_has_its_check_digit():
    for code in codes_of("loinc"):
        body, check = code.split("-")
        doubled = str(2 * int(body[::-1][::2][::-1]))
        total = sum(map(int, body[::-1][1::2] + doubled))
        assert (10 - total % 10) % 10 == int(check), code


def test_every_snomed_code_of_the_map_has_its_check_digit():
    """Source: SNOMED CT technical guide, Verhoeff's dihedral check."""
    turn = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    for code in codes_of("snomed"):
        check = 0
        for place, digit in enumerate(map(int, reversed(code))):
            for _ in range(place % 8):
                digit = turn[digit]  # noqa: PLW2901 - the permutation applied place times
            check = dihedral(check, digit)
        assert check == 0, code


def codes_of(family):
    codes = [code for row in packaged_map().rows if row.family == family for code in row.codes]
    assert codes
    return codes


def dihedral(a, b):
    """Multiply in the dihedral group of the pentagon, rotations 0-4 and reflections 5-9."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5
