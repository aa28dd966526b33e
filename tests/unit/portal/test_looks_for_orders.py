"""How a look for an order stands in the resident's log: a system's by itself, a clinician's in the visit."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from openhealthcode.access import LogLine
from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident import looks

AGENT, CONSENT = UUID(int=7), UUID(int=8)


def line(number: int, *, kind: str = "system", ordering: bool = False, items: int = 1) -> LogLine:
    shown = [(UUID(int=100 + n).bytes, 1, b"d" * 32) for n in range(items)]
    detail = {"items": shown, "consents": [CONSENT.bytes]}
    return LogLine(
        number=number,
        at=datetime(2026, 11, 22, 9, number, tzinfo=UTC),
        action="record.disclose",
        outcome="done",
        purpose="TREAT",
        scene=None,
        agent_kind=kind,
        agent_id=AGENT,
        institution_id=UUID(int=9),
        detail=detail | ({"ordering": True} if ordering else {}),
        leaf_index=None,
        is_intact=True,
    )


def sentences(*lines: LogLine) -> list[str]:
    return [looks._sentence(one) for one in looks.together(lines)]


@pytest.mark.parametrize(
    ("items", "sentence"), [(2, "compared"), (1, "compared"), (0, "compared-nothing")]
)
def test_a_systems_look_for_an_order_says_so(items, sentence):
    assert sentences(line(1, ordering=True, items=items)) == [sentence]
    for language in Language:
        said = catalogue(language).plain(
            f"resident.looked.action.{sentence}", institution="某院", count=items
        )
        assert "某院" in said


def test_it_stands_apart_from_what_the_system_read():
    assert sentences(line(2, ordering=True), line(1)) == ["compared", "read"]


def test_a_clinicians_belongs_to_the_visit():
    assert sentences(line(2, kind="practitioner", ordering=True), line(1, kind="practitioner")) == [
        "consent"
    ]
