"""The rules of the early warning: which hold, what is proposed, and who decided what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import SUPERVISOR, Seat
from openhealthcode.portal.supervisor.alert_queue import person_of
from openhealthcode.portal.supervisor.names import Names, names_of
from openhealthcode.standards import NotFound
from openhealthcode.supervision import alerts
from openhealthcode.supervision.alerts import LONGEST_DOCUMENT, EditionMoved, EditionRow
from openhealthcode.supervision.cases import LONGEST_WORDS, WordsUnsuitable
from openhealthcode.supervision.warning import (
    Edition,
    EditionUnreadable,
    Severity,
    Weakened,
    silenced,
)

_MOST_BYTES = 4 * LONGEST_DOCUMENT
_SLOT: Final = re.compile(r"\{[a-z]+\}")
"""Where a finding's own numbers stand in the sentence of its rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """One rule: what it says, how grave it is, from where it comes, and whether it speaks at all."""

    name: str
    sentence: str
    severity: Severity
    weight: float
    thresholds: tuple[tuple[str, float], ...]
    source: str
    is_silenced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """An edition somebody proposed."""

    number: int
    author: str
    decider: str
    reason: str
    proposed_at: datetime
    decided_at: datetime | None
    state: str
    is_mine: bool
    weaker: tuple[Weakened, ...]


async def show_rules(request: Request, seat: Seat) -> Response:
    """The rules in force, and every edition that was proposed."""
    return await _show(request, seat)


async def propose_rules(request: Request, seat: Seat) -> Response:
    """Propose another edition; nothing changes until somebody else approves it."""
    platform, form = platform_of(request), await read_form(request, most_bytes=_MOST_BYTES)
    person = await person_of(request, seat)
    document, reason = form.text("document"), form.text("reason")
    try:
        await alerts.propose(
            platform.pool, platform.keys, person, document.replace("\r\n", "\n"), reason
        )
    except EditionUnreadable:
        return await _show(request, seat, problem="document", typed=(document, reason), status=422)
    except WordsUnsuitable:
        return await _show(request, seat, problem="reason", typed=(document, reason), status=422)
    except EditionMoved:
        return await _show(request, seat, problem="moved", status=409)
    return see_other("/supervision/rules")


async def decide_rules(request: Request, seat: Seat) -> Response:
    """Approve, refuse, or take back one's own."""
    platform, form = platform_of(request), await read_form(request)
    person, number = await person_of(request, seat), int(request.path_params["number"])
    answer = form.text("answer")
    try:
        if answer == "give-up":
            await alerts.give_up(platform.pool, platform.keys, number, person)
        elif answer in {"approve", "refuse"}:
            await alerts.decide(
                platform.pool, platform.keys, number, person, is_approved=answer == "approve"
            )
        else:
            return await _show(request, seat, problem="answer", status=422)
    except EditionMoved:
        return await _show(request, seat, problem="moved", status=409)
    return see_other("/supervision/rules")


async def show_edition(request: Request, seat: Seat) -> Response:
    """The text of one edition, and what it changes."""
    platform, number = platform_of(request), int(request.path_params["number"])
    found = await alerts.editions(platform.pool)
    row = next((one for one in found if one.number == number), None)
    if row is None:
        raise NotFound
    names = await _names(request, [row])
    return render(
        request,
        "supervisor/rule_edition.html",
        office=seat.office,
        edition=_edition(row, found, names, seat),
        document=row.document,
    )


async def _show(
    request: Request,
    seat: Seat,
    *,
    problem: str = "",
    typed: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    platform = platform_of(request)
    now = await alerts.edition_in_force(platform.pool, platform.keys)
    found = await alerts.editions(platform.pool)
    names = await _names(request, found)
    views = [_edition(row, found, names, seat) for row in found]
    language = "en" if language_of(request) is Language.ENGLISH else "zh"
    newest = next((row.document for row in found if row.state == "approved"), alerts.shipped_text())
    return render(
        request,
        "supervisor/rules.html",
        status=status,
        office=seat.office,
        name=now.name,
        rules=_rules(now, language),
        proposed=next((one for one in views if one.state == "proposed"), None),
        settled=[one for one in views if one.state != "proposed"],
        may_change=seat.office is SUPERVISOR,
        longest=(LONGEST_DOCUMENT, LONGEST_WORDS),
        problem=problem,
        typed=typed or (newest, ""),
    )


async def _names(request: Request, rows: list[EditionRow]) -> Names:
    return await names_of(
        request, people=[one.author_id for one in rows] + [one.decider_id for one in rows]
    )


def _rules(edition: Edition, language: str) -> tuple[RuleView, ...]:
    quiet = silenced(edition)
    return tuple(
        RuleView(
            name=rule.name,
            sentence=_SLOT.sub("…", rule.sentences[language]),
            severity=rule.severity,
            weight=rule.weight,
            thresholds=tuple(sorted(rule.thresholds.items())),
            source=rule.source,
            is_silenced=rule.name in quiet,
        )
        for rule in edition.rules.values()
    )


def _edition(row: EditionRow, rows: list[EditionRow], names: Names, seat: Seat) -> EditionView:
    return EditionView(
        number=row.number,
        author=names.person(row.author_id),
        decider=names.person(row.decider_id),
        reason=row.reason,
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        state=row.state,
        is_mine=row.author_id == seat.session.practitioner_id,
        weaker=alerts.weaker_than_before(rows, row),
    )
