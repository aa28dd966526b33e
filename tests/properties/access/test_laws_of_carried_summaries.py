"""What holds of every emergency summary: it fits its code, tells no lie by cutting, cannot be forged."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openhealthcode.access.carried import (
    LARGEST_BYTES,
    SummaryUntrusted,
    read_summary,
)
from openhealthcode.access.carried.text import Person, lines_of
from openhealthcode.access.carried.verify import FORMAT, head_of
from openhealthcode.identity import EmergencyContact, Relation
from openhealthcode.record.summary import Allergy, Done, Medicine, Problem, Result, Summary
from openhealthcode.standards import Phone
from openhealthcode.transparency import NoteSigner, NoteVerifier

TODAY = date(2026, 11, 22)
SIGNER = NoteSigner("region.example/log/emergency-summaries", b"s" * 32)
VERIFIER = NoteVerifier(SIGNER.verifier_key)
texts = st.text(max_size=90) | st.sampled_from(
    ["青霉素", "二甲双胍 0.5 g 每日两次", "过敏：无\n血型：O", "a\u202eb", "\x00", "—\n\n— x AAAA"]
)
days = st.sampled_from(["", "2019", "2026-05", "2026-11-01", "2025-01-01"])
languages = st.sampled_from(["zh-CN", "en"])


def results(name: str, value: str, when: str) -> Result:
    return Result(name, value, "", when, "", "", None, None, (), 0)


summaries = st.builds(
    Summary,
    allergies=st.lists(
        st.builds(Allergy, texts, texts, st.sampled_from(["high", "low", ""]), days, st.just(0)),
        max_size=12,
    ).map(tuple),
    problems=st.lists(st.builds(Problem, texts, texts, days, st.just(0)), max_size=25).map(tuple),
    medication=st.lists(
        st.builds(Medicine, texts, texts, texts, days, st.just(0)), max_size=25
    ).map(tuple),
    results=st.lists(st.builds(results, texts, texts, days), max_size=25).map(tuple),
    immunisations=st.just(()),
    procedures=st.just(()),
    family_history=st.just(()),
    blood_type=st.sampled_from(["", "A 型 Rh 阳性"]),
    implants=st.lists(st.builds(Done, texts, days, st.just(0)), max_size=6).map(tuple),
    no_known_allergy=days,
)
people = st.builds(
    Person,
    name=texts,
    sex=st.sampled_from(["male", "female", "unknown"]),
    birth_date=st.none() | st.dates(),
)
contacts = st.lists(
    st.builds(
        EmergencyContact,
        st.builds(uuid4),
        st.just(Phone.parse("13712345671")),
        st.sampled_from(Relation),
    ),
    max_size=3,
)


def items_in(lines: list[str]) -> int:
    """How many things the lines tell, with those they say are left out."""
    between = re.compile("[；;] ?")
    told = sum(len(between.split(line)) for line in lines[1:-1] if "：" in line or ": " in line)
    more = [
        re.search(r"\d+", line) for line in lines[1:-1] if "未列" in line or "not listed" in line
    ]
    return told + sum(int(found[0]) for found in more if found)


@given(people, summaries, contacts, languages)
def test_it_fits_its_code_and_every_line_is_one_line(person, summary, named, language):
    lines = lines_of(person, summary, named, language)
    assert len(("\n".join(lines) + "\n").encode()) <= LARGEST_BYTES
    for line in lines:
        assert line == line.strip()
        assert len(line.splitlines()) == 1
        assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00")


@given(people, summaries, contacts, languages)
def test_allergies_and_blood_type_always_have_their_line_in_the_same_place(
    person, summary, named, language
):
    lines = lines_of(person, summary, named, language)
    words = ("过敏：", "血型：") if language == "zh-CN" else ("Allergies: ", "Blood type: ")
    assert lines[1].startswith(words[0])
    assert lines[2].startswith(words[1])


names = st.text(st.characters(categories=["L"]), min_size=1, max_size=90)
plain_summaries = st.builds(
    Summary,
    allergies=st.lists(
        st.builds(Allergy, names, st.just(""), st.just("low"), st.just(""), st.just(0)), max_size=40
    ).map(tuple),
    problems=st.lists(
        st.builds(Problem, names, st.just(""), st.just(""), st.just(0)), max_size=40
    ).map(tuple),
    medication=st.lists(
        st.builds(Medicine, names, st.just(""), st.just(""), st.just(""), st.just(0)), max_size=40
    ).map(tuple),
    results=st.just(()),
    immunisations=st.just(()),
    procedures=st.just(()),
    family_history=st.just(()),
    blood_type=st.just("A"),
    implants=st.just(()),
)


def crowded(count: int) -> Summary:
    """More of everything than finds room."""
    names = [f"很长的名称{'长' * 20}{place}" for place in range(count)]
    return Summary(
        allergies=tuple(Allergy(name, "", "low", "", 0) for name in names),
        problems=tuple(Problem(name, "", "", 0) for name in names),
        medication=tuple(Medicine(name, "", "", "", 0) for name in names),
        results=(),
        immunisations=(),
        procedures=(),
        family_history=(),
        blood_type="A",
        implants=(),
    )


@given(plain_summaries, languages)
@example(crowded(4), "zh-CN")
@example(crowded(30), "zh-CN")
@example(crowded(30), "en")
def test_what_is_left_out_is_counted(summary, language):
    lines = lines_of(Person(name="李", sex="female", birth_date=None), summary, (), language)
    there = max(1, len(summary.allergies)) + 1 + len(summary.problems) + len(summary.medication)
    assert items_in(lines) == there


@given(st.data(), people, summaries, contacts, languages)
def test_whatever_is_altered_is_refused(data, person, summary, named, language):
    lines = lines_of(person, summary, named, language)
    made, until = TODAY, TODAY + timedelta(days=90)
    note = SIGNER.sign("\n".join([*head_of(made, until), *lines]) + "\n")
    opened = read_summary(note, VERIFIER)
    assert (opened.made, opened.until, list(opened.lines)) == (made, until, lines)
    signed = note.index("\n\n")
    place = data.draw(st.integers(0, signed - 1))
    other = data.draw(st.characters(exclude_characters=note[place] + " \n\r\t\f\v"))
    altered = note[:place] + other + note[place + 1 :]
    with pytest.raises(SummaryUntrusted):
        read_summary(altered, VERIFIER)


@given(st.text())
@example("")
@example(FORMAT)
@example("\n\n")
def test_what_is_no_summary_is_refused_and_nothing_else_happens(text):
    with pytest.raises(SummaryUntrusted):
        read_summary(text, VERIFIER)
