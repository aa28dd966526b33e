"""What each check looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access import CROSS_CHECKS
from openhealthcode.access.overseen import RegionStep, region_steps
from openhealthcode.audit import Action
from openhealthcode.consent import emergency, erasure
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision import agreements, alerts, cases
from openhealthcode.supervision.cases.rules import REMEMBERED
from openhealthcode.supervision.cases.store import MOST_READ
from openhealthcode.supervision.checks.model import Check, Installation, Outcome
from openhealthcode.transparency import NoteVerifier

_NOBODY: Final = PractitionerId(UUID(int=0))


async def _log(of: Installation) -> Outcome:
    report = await audit.verify(
        of.pool,
        of.sequencer.files.folder,
        NoteVerifier(of.sequencer.verifier_key),
        keys=of.keys,
        cross_checks=CROSS_CHECKS,
    )
    return Outcome(report.events, Counter(one.kind.value for one in report.findings))


async def _rules(of: Installation) -> Outcome:
    approved = [one for one in await alerts.editions(of.pool) if one.state == "approved"]
    alone = sum(one.decider_id in (None, one.author_id) for one in approved)
    silenced = len(await alerts.silenced_rules(of.pool, of.keys))
    logged = await region_steps(of.pool, of.keys, [Action.RULES_DECIDE])
    decided = {
        RegionStep(one.decider_id or one.author_id, one.decided_at)
        for one in await alerts.editions(of.pool)
        if one.decided_at is not None
    }
    found = {
        "decided-alone": alone,
        "rule-silenced": silenced,
        "decided-unlogged": len(decided - logged),
        "edition-gone": len(logged - decided),
    }
    return _outcome(len(approved), found)


async def _cases(of: Installation) -> Outcome:
    anybody = cases.Person(cases.Office.SUPERVISOR, _NOBODY)
    try:
        found = await cases.cases_for(of.pool, of.keys, anybody)
    except cases.CaseAltered:
        return Outcome(1, {"case-altered": 1})
    since = datetime.now(UTC) - REMEMBERED
    opened = await region_steps(of.pool, of.keys, [Action.CASE_OPEN])
    gone = {one.at for one in opened if one.at >= since} - {one.case.opened_at for one in found}
    if len(found) >= MOST_READ:
        gone.clear()  # further ones are not read: nobody can say that they are gone
    late = sum(one.stands.is_late for one in found)
    return _outcome(len(found), {"case-late": late, "case-gone": len(gone)})


async def _overrides(of: Installation) -> Outcome:
    figures = await emergency.override_figures(of.pool)
    return _outcome(figures.opened, {"override-overdue": figures.overdue})


async def _agreements(of: Installation) -> Outcome:
    parties = await agreements.transfers(of.pool)
    today = datetime.now(UTC).date()
    editions = [edition for party in parties for edition in party.editions]
    alone = sum(one.signed_by is not None and one.signed_by == one.proposed_by for one in editions)
    uncovered = sum(one.lacks_agreement(today) for one in parties)
    signed = {
        RegionStep(one.signed_by, one.signed_at)
        for one in editions
        if one.signed_by is not None and one.signed_at is not None
    }
    unlogged = signed - await region_steps(of.pool, of.keys, [Action.AGREEMENT_STEP])
    found = {
        "signed-alone": alone,
        "signed-unlogged": len(unlogged),
        "not-agreed": uncovered,
    }
    return _outcome(len(parties), found)


async def _erasures(of: Installation) -> Outcome:
    late = await erasure.overdue_everywhere(of.pool)
    return _outcome(len(late), {"erasure-late": len(late)})


LOOKS: Final[Mapping[Check, Callable[[Installation], Awaitable[Outcome]]]] = MappingProxyType(
    {
        Check.LOG: _log,
        Check.RULES: _rules,
        Check.CASES: _cases,
        Check.OVERRIDES: _overrides,
        Check.AGREEMENTS: _agreements,
        Check.ERASURES: _erasures,
    }
)


def _outcome(checked: int, found: Mapping[str, int]) -> Outcome:
    return Outcome(checked, {kind: times for kind, times in found.items() if times})
