"""Findings that belong together become one alert; how many an officer is shown is bounded. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from math import prod
from typing import Final, NamedTuple

from msgspec import Struct, field

from openhealthcode.supervision.warning.edition import Edition
from openhealthcode.supervision.warning.model import Alert, Finding

_MOST_FINDINGS: Final = 40
_MOST_LEAVES: Final = 40
_DAY_SECONDS: Final = 86_400
_OF_ONE_RESIDENT: Final = 1


class Group(Struct):
    """What was found of one person (or of one resident many looked at) within some days."""

    opened_at: float
    first_leaf: int
    latest_at: float
    findings: list[Finding] = field(default_factory=list)


class Plan(NamedTuple):
    """What officers are shown today, the gravest first, and what waits."""

    shown: tuple[Alert, ...]
    waiting: tuple[Alert, ...]


def subject_of(finding: Finding) -> str:
    """Whom an alert is about: one who looked, or one resident."""
    if finding.is_about_resident:
        return f"resident|{finding.resident_marks[0].hex()}"
    return f"practitioner|{finding.practitioner}"


def added(group: Group | None, finding: Finding, edition: Edition) -> Group:
    """The group with one more finding: the same again replaces what was found before."""
    at = finding.at.timestamp()
    within = edition.alerts["within_days"] * _DAY_SECONDS
    if group is None or at - group.opened_at > within:
        return Group(at, finding.leaves[-1], at, [finding])
    what = _what(finding)
    kept = []
    for one in group.findings:
        if _what(one) == what:
            leaves = tuple(sorted({*one.leaves, *finding.leaves}))[-_MOST_LEAVES:]
            marks = tuple(dict.fromkeys((*one.resident_marks, *finding.resident_marks)))
            finding = replace(
                finding,
                leaves=leaves,
                resident_marks=marks[-_MOST_LEAVES:],
                weight=max(one.weight, finding.weight),
            )
        else:
            kept.append(one)
    kept.append(finding)
    if len(kept) > _MOST_FINDINGS:
        kept.remove(min(kept, key=lambda one: (one.weight, one.at)))
    return Group(group.opened_at, group.first_leaf, max(at, group.latest_at), kept)


def alert_of(group: Group, edition: Edition) -> Alert | None:
    """The alert a group amounts to, if it weighs enough."""
    score = 1 - prod(1 - finding.weight for finding in group.findings)
    if score < edition.alerts["least_score"]:
        return None
    last = max(group.findings, key=lambda finding: (finding.at, finding.leaves[-1]))
    marks = (mark for finding in group.findings for mark in finding.resident_marks)
    name = f"{edition.name}|{subject_of(last)}|{group.first_leaf}"
    gravest_first = sorted(group.findings, key=lambda one: (-one.severity, -one.weight, one.at))
    return Alert(
        alert_id=sha256(name.encode()).hexdigest()[:32],
        edition=edition.name,
        opened_at=min(finding.at for finding in group.findings),
        latest_at=last.at,
        practitioner=last.practitioner,
        institution=last.institution,
        resident_marks=tuple(dict.fromkeys(marks)),
        severity=gravest_first[0].severity,
        score=round(score, 4),
        findings=tuple(gravest_first),
    )


def plan(alerts: Iterable[Alert], officers: int, edition: Edition) -> Plan:
    """What the officers look at today, by severity, score and age; nothing is dropped, it waits."""
    ordered = sorted(
        alerts, key=lambda one: (-one.severity, -one.score, one.opened_at, one.alert_id)
    )
    budget = int(edition.alerts["per_officer_a_day"]) * officers
    return Plan(tuple(ordered[:budget]), tuple(ordered[budget:]))


def _what(finding: Finding) -> tuple[str, bytes]:
    """What was found: a rule on one resident, or a rule on many."""
    is_of_one = len(finding.resident_marks) == _OF_ONE_RESIDENT
    return finding.rule, finding.resident_marks[0] if is_of_one else b""
