"""What somebody may do for somebody else, for each way of being appointed and at each age.

A child born on 2014-05-06 is 14 on 2028-05-06 and 18 on 2032-05-06, by the official time of China.
This file is also part of a page of the manual.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from openhealthcode.representation import (
    Facts,
    Mandate,
    Power,
    Proof,
    Representation,
    RepresentationKind,
    Wishes,
    mandate,
)
from openhealthcode.standards import RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import RepresentationId

title = "Who may act for whom"
title_zh = "谁能替谁办什么"

OF_CHILDREN = "visits record log consents rights emergency"
OF_RELATIVES = "record rights closing"
ALL_KINDS = " ".join(sorted(SensitiveCategory))

CASES = [
    # sentence, appointed, the represented, moment, may, of the record hidden
    (
        "A guardian acts for a child in everything but closing the account",
        "guardian",
        "born 2014-05-06",
        "2026-11-22T08:00",
        OF_CHILDREN,
        "abuse",
    ),
    (
        "On the last day before the fourteenth birthday nothing has changed",
        "guardian",
        "born 2014-05-06",
        "2028-05-05T15:59:59",
        OF_CHILDREN,
        "abuse",
    ),
    (
        "From the fourteenth birthday, midnight in China, the guardian reads without sensitive kinds",
        "guardian",
        "born 2014-05-06",
        "2028-05-05T16:00",
        "record",
        ALL_KINDS,
    ),
    (
        "The minor keeps from the guardian what the minor chooses, and may keep less",
        "guardian",
        "born 2014-05-06 keeps laboratory mental-health",
        "2030-01-01T00:00",
        "record",
        "abuse laboratory mental-health",
    ),
    (
        "What tells of violence is never there for a guardian, whatever was chosen",
        "guardian",
        "born 2014-05-06 keeps nothing",
        "2030-01-01T00:00",
        "record",
        "abuse",
    ),
    (
        "What a child keeps counts from 14 on, not before",
        "guardian",
        "born 2014-05-06 keeps laboratory",
        "2026-01-01T00:00",
        OF_CHILDREN,
        "abuse",
    ),
    (
        "On the last day before the eighteenth birthday the guardian still reads",
        "guardian",
        "born 2014-05-06",
        "2032-05-05T15:59:59",
        "record",
        ALL_KINDS,
    ),
    (
        "At eighteen it is over",
        "guardian",
        "born 2014-05-06",
        "2032-05-05T16:00",
        "",
        "",
    ),
    (
        "Who was born on 29 February is a minor on the 28th",
        "guardian",
        "born 2012-02-29",
        "2030-02-28T15:59:59",
        "record",
        ALL_KINDS,
    ),
    (
        "and comes of age on 1 March",
        "guardian",
        "born 2012-02-29",
        "2030-02-28T16:00",
        "",
        "",
    ),
    (
        "Of whom no birth date is known nobody is the guardian",
        "guardian",
        "",
        "2026-11-22T08:00",
        "",
        "",
    ),
    (
        "A guardian whose appointment was revoked may nothing",
        "guardian revoked",
        "born 2014-05-06",
        "2026-11-22T08:00",
        "",
        "",
    ),
    (
        "A helper may what the resident said, and sees no sensitive kind",
        "helper visits log until 2026-12-31T16:00",
        "born 1949-12-31",
        "2026-11-22T08:00",
        "visits log",
        ALL_KINDS,
    ),
    (
        "What no helper can have, none has",
        "helper record rights emergency closing until 2026-12-31T16:00",
        "born 1949-12-31",
        "2026-11-22T08:00",
        "record",
        ALL_KINDS,
    ),
    (
        "The end is not included",
        "helper visits until 2026-12-31T16:00",
        "born 1949-12-31",
        "2026-12-31T16:00",
        "",
        "",
    ),
    (
        "Before the appointment there was none",
        "helper visits until 2026-12-31T16:00",
        "born 1949-12-31",
        "2025-12-31T23:59",
        "",
        "",
    ),
    (
        "With death, helpers and guardians end",
        "helper visits until 2026-12-31T16:00",
        "born 1949-12-31 died",
        "2026-11-22T08:00",
        "",
        "",
    ),
    (
        "Whom a court made guardian of an adult acts as a child's guardian does",
        "adult-guardian until 2026-12-31T16:00",
        "born 1949-12-31 keeps laboratory mental-health",
        "2026-11-22T08:00",
        OF_CHILDREN,
        "abuse",
    ),
    (
        "until the year is over and the ruling is shown again",
        "adult-guardian until 2026-12-31T16:00",
        "born 1949-12-31",
        "2026-12-31T16:00",
        "",
        "",
    ),
    (
        "and with death",
        "adult-guardian until 2026-12-31T16:00",
        "born 1949-12-31 died",
        "2026-11-22T08:00",
        "",
        "",
    ),
    (
        "A close relative reads, copies, corrects and deletes after death",
        "relative until 2026-12-31T16:00",
        "born 1949-12-31 died",
        "2026-11-22T08:00",
        OF_RELATIVES,
        "",
    ),
    (
        "not before",
        "relative until 2026-12-31T16:00",
        "born 1949-12-31",
        "2026-11-22T08:00",
        "",
        "",
    ),
    (
        "and not against what the deceased wished",
        "relative until 2026-12-31T16:00",
        "born 1949-12-31 died no-relatives",
        "2026-11-22T08:00",
        "",
        "",
    ),
]


def as_told(
    place: int, sentence: str, appointed: str, who: str, at: str, may: str, not_seen: str
) -> str:
    return (
        f"### {place}. {sentence}\n\n"
        f"Appointed: `{appointed}`; represented: `{who or 'nothing known'}`; at `{at}Z`.\n\n"
        f"May: {', '.join(f'`{one}`' for one in may.split()) or 'nothing'}."
        + (
            f" Not there for them: {', '.join(f'`{one}`' for one in not_seen.split())}.\n"
            if not_seen
            else "\n"
        )
    )


@pytest.mark.parametrize(
    ("appointed", "who", "at", "may", "not_seen"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_who_may_act(appointed: str, who: str, at: str, may: str, not_seen: str):
    found = mandate(representation(appointed), facts(who), moment(at))
    assert may_and_hidden(found) == (set(may.split()), set(not_seen.split()))


def may_and_hidden(found: Mandate | None) -> tuple[set[str], set[str]]:
    if found is None:
        return set(), set()
    return set(found.powers), {*(set(RecordCategory) - found.categories), *found.hidden}


def representation(text: str) -> Representation:
    kind, *rest = text.split()
    until = rest[rest.index("until") + 1] if "until" in rest else None
    begun = moment("2026-01-01T00:00")
    return Representation(
        representation_id=RepresentationId(UUID(int=1)),
        kind=RepresentationKind(kind),
        name="张敏",
        masked_certificate="8801**********0022",
        powers=frozenset(Power(word) for word in rest if word in set(Power)),
        proof=Proof.BOTH_PRESENT,
        appointed_at=begun,
        end_at=moment(until) if until else None,
        revoked_at=begun if "revoked" in rest else None,
    )


def facts(text: str) -> Facts:
    words = text.split()
    born = date.fromisoformat(words[words.index("born") + 1]) if "born" in words else None
    wishes = Wishes(relatives_may="no-relatives" not in words)
    if "keeps" in words:
        kept = words[words.index("keeps") + 1 :]
        wishes = Wishes(
            frozenset(RecordCategory(word) for word in kept if word in set(RecordCategory)),
            frozenset(SensitiveCategory(word) for word in kept if word in set(SensitiveCategory)),
        )
    return Facts(born, "died" in words, wishes)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
