"""The early warning at work: one access after another, in the order of the log.

``Watch`` is pure but for its memory: the same edition, memory and accesses give the same findings,
today and when a past day is replayed. What is usual is learnt from explained accesses alone,
whatever the thresholds are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from openhealthcode.audit import Action
from openhealthcode.supervision.warning import rules
from openhealthcode.supervision.warning.baseline import (
    EXPLAINED,
    MOST_RECENT,
    MOST_TERMINALS,
    Person,
    Seen,
    Team,
)
from openhealthcode.supervision.warning.edition import Edition, Rule
from openhealthcode.supervision.warning.explanation import (
    department_key,
    explanations,
    is_at_desk,
    is_explained,
    weight_left,
)
from openhealthcode.supervision.warning.grouping import added, alert_of, subject_of
from openhealthcode.supervision.warning.memory import Memory
from openhealthcode.supervision.warning.model import (
    Access,
    AccountState,
    Alert,
    Evidence,
    Finding,
    Relation,
    Severity,
    Trouble,
)

LOOKS: Final = frozenset(
    {
        Action.RECORD_DISCLOSE,
        Action.RECORD_COPY,
        Action.BREAK_GLASS,
        Action.IDENTITY_READ,
        Action.LOG_SHOW,
        Action.CONTACT_SHOW,
    }
)
"""What shows something of somebody. Other events matter to the gates alone."""


class Judgement(NamedTuple):
    """What was found in one access, and the alerts that this opened or added to."""

    findings: tuple[Finding, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """What an edition says of a span of the log: its findings, and its alerts as they ended up."""

    findings: tuple[Finding, ...]
    alerts: Mapping[str, Alert]


NOTHING: Final = Judgement()
_Asked = tuple[tuple[Rule, rules.RuleOf], ...]


class _Place(NamedTuple):
    """A department and its institution, by name and as remembered."""

    name: str
    house: str
    institution: Team
    department: Team


class Watch:
    """Judges accesses by one edition, and remembers what the next ones need."""

    def __init__(self, edition: Edition, memory: Memory | None = None) -> None:
        self.edition = edition
        self.memory = memory or Memory()
        self._places: dict[tuple[int, str], _Place] = {}
        self._offset = edition.utc_offset_hours * 3600
        self._passage = edition.left.get(Evidence.PASSAGE, 1.0)
        self._desk = edition.left.get(Evidence.DESK, 1.0)
        self._gates = _enabled(edition, rules.GATES)
        self._always = _enabled(edition, rules.ALWAYS)
        self._unexplained = _enabled(edition, rules.UNEXPLAINED)
        self._related = _enabled(edition, rules.RELATED)

    def judge(self, access: Access) -> Judgement:
        """Weigh one access; the next one has a higher leaf."""
        now = access.at.timestamp()
        local = now + self._offset
        day = int(local // 86_400)
        memory = self.memory
        if day > memory.day:
            memory.begin(day, now, now - self.edition.alerts["within_days"] * 86_400)
        person = self._person(access, day)
        hits: list[Finding] = []
        is_look = access.action in LOOKS and not access.is_refused and not access.is_system
        if not _is_in_order(access):
            self._note_trouble(person, access, now)
            seen = memory.seen.get(access.resident_mark) or Seen()
            look = self._look(access, now, person, seen, access.evidence)
            _ask(self._gates, look, hits)
        if is_look:
            self._watch(access, now, person, hits)
        if access.place:
            person.last_place, person.last_at = access.place, now
        return self._told(hits) if hits else NOTHING

    def _watch(self, access: Access, now: float, person: Person, hits: list[Finding]) -> None:
        """Weigh what showed something of somebody."""
        seen = self._seen(access, now)
        is_own = is_explained(self.edition, access.evidence)
        evidence = access.evidence
        if not is_own:
            evidence = explanations(self.edition, access, seen.looks, now)
        explained = (
            is_own
            or person.today.get(access.resident_mark) == EXPLAINED
            or is_explained(self.edition, evidence)
        )
        look = self._look(access, now, person, seen, evidence)
        self._count(look, explained=explained)
        if access.relations or access.place != person.last_place:
            _ask(self._always, look, hits)
        if explained:
            _learn(look)
        else:
            _ask(self._unexplained, look, hits)
            if access.relations:
                _ask(self._related, look, hits)
        seen.note(now, look.department_key, is_explained=is_own, is_desk=is_at_desk(access))

    def _count(self, look: rules.Look, *, explained: bool) -> None:
        """Count the resident with the person, the institution and the department."""
        access, person, day = look.access, look.person, look.day
        mark, leaf = access.resident_mark, access.leaf
        before = person.today.get(mark)
        person.note_recent(look.now, mark, EXPLAINED if explained else leaf)
        if before is None:
            person.today[mark] = EXPLAINED if explained else leaf
            change = (1, 0 if explained else 1)
        elif explained and before != EXPLAINED:
            person.today[mark] = EXPLAINED
            change = (0, -1)
        else:
            change = (0, 0)
        if change != (0, 0):
            for counts in (person.counts, look.institution.counts, look.department.counts):
                of_day = counts.of(day)
                of_day[0] += change[0]
                of_day[1] += change[1]
        if explained:
            person.note_explained(mark)
            return
        person.note_unexplained(mark, leaf)
        if access.action is Action.RECORD_COPY:
            person.copied[mark] = leaf
        look.department.note_unexplained(day, mark, leaf)
        who = f"{look.department_key}/{access.practitioner}"
        look.seen.note_unexplained(look.now, who, leaf, look.left)

    def _note_trouble(self, person: Person, access: Access, now: float) -> None:
        if access.is_refused:
            person.refused.append((now, access.resident_mark, access.leaf))
            del person.refused[:-MOST_RECENT]
        if access.trouble is Trouble.WITHDRAWN:
            person.withdrawn += 1
        elif access.trouble is Trouble.REPLAYED_CODE:
            person.replayed += 1

    def _look(
        self,
        access: Access,
        now: float,
        person: Person,
        seen: Seen,
        evidence: frozenset[Evidence],
    ) -> rules.Look:
        local = now + self._offset
        place = self._place(access)
        left = weight_left(self.edition, evidence)
        return rules.Look(
            access,
            self.edition,
            now,
            int(local // 86_400),
            int(local % 86_400 // 3600),
            person,
            place.institution,
            place.department,
            place.name,
            seen,
            min(left, self._desk) if is_at_desk(access) else left,
            min(left, self._passage) if Evidence.PASSAGE in evidence else left,
        )

    def _told(self, hits: list[Finding]) -> Judgement:
        """The findings, and what they make of the alerts they belong to."""
        memory = self.memory
        touched = {}
        for finding in hits:
            subject = subject_of(finding)
            group = added(memory.groups.get(subject), finding, self.edition)
            memory.groups[subject] = touched[subject] = group
            memory.changed_groups.add(subject)
        alerts = (alert_of(group, self.edition) for group in touched.values())
        return Judgement(tuple(hits), tuple(alert for alert in alerts if alert is not None))

    def _person(self, access: Access, day: int) -> Person:
        # By its number: a UUID hashes and compares in Python.
        memory, number = self.memory, access.practitioner.int
        person = memory.people.get(number)
        if person is None:
            person = memory.people[number] = Person(day)
        elif person.day != day:
            person.begin(day)
        memory.changed_people.add(number)
        return person

    def _seen(self, access: Access, now: float) -> Seen:
        memory = self.memory
        seen = memory.seen.get(access.resident_mark)
        if seen is None:
            seen = memory.seen[access.resident_mark] = Seen()
        seen.latest_at = now
        memory.changed_seen.add(access.resident_mark)
        return seen

    def _place(self, access: Access) -> _Place:
        key = (access.institution.int, access.department)
        place = self._places.get(key)
        if place is None:
            name, teams = department_key(access), self.memory.teams
            house = name.partition("|")[0]
            institution, department = (
                teams.setdefault(house, Team()),
                teams.setdefault(name, Team()),
            )
            place = self._places[key] = _Place(name, house, institution, department)
        self.memory.changed_teams.add(place.name)
        self.memory.changed_teams.add(place.house)
        return place


def replay(edition: Edition, accesses: Iterable[Access], memory: Memory | None = None) -> Replayed:
    """What an edition says of a span of the log, from what was remembered before it."""
    watch = Watch(edition, memory)
    findings: list[Finding] = []
    alerts: dict[str, Alert] = {}
    for access in accesses:
        judgement = watch.judge(access)
        findings += judgement.findings
        alerts |= {alert.alert_id: alert for alert in judgement.alerts}
    return Replayed(tuple(findings), alerts)


def _enabled(edition: Edition, asked: Mapping[str, rules.RuleOf]) -> _Asked:
    found = ((edition.rules[name], rule) for name, rule in asked.items())
    return tuple((rule, of) for rule, of in found if rule.is_enabled and rule.weight)


def _is_in_order(access: Access) -> bool:
    return (
        not access.is_refused
        and access.account is AccountState.ACTIVE
        and access.trouble is Trouble.NONE
        and Relation.CANARY not in access.relations
    )


def _ask(asked: _Asked, look: rules.Look, hits: list[Finding]) -> None:
    """Ask these rules, and add what they find."""
    for rule, applies in asked:
        hit = applies(look, rule.thresholds)
        if hit is not None:
            hits.append(_finding(look, rule, hit))


def _finding(look: rules.Look, rule: Rule, hit: rules.Hit) -> Finding:
    access = look.access
    return Finding(
        rule=rule.name,
        at=access.at,
        practitioner=access.practitioner,
        institution=access.institution,
        resident_marks=tuple(dict.fromkeys((*hit.marks, access.resident_mark))),
        severity=rule.severity if hit.left == 1.0 else Severity.NOTE,
        weight=round(rule.weight * hit.left, 4),
        leaves=tuple(sorted({*hit.leaves, access.leaf})),
        said=hit.said,
        is_about_resident=hit.is_about_resident,
    )


def _learn(look: rules.Look) -> None:
    """What is explained is what is usual."""
    access, habits = look.access, look.person.habits
    words: list[str] = [*access.relations]
    if access.purpose is not None:
        words.append(access.purpose)
    if access.action is Action.BREAK_GLASS:
        words.append(rules.OVERRIDE)
    habits.learn(look.hour, words)
    look.department.note_explained(is_override=access.action is Action.BREAK_GLASS)
    look.person.last_explained_at = look.now
    if access.terminal is not None:
        terminal, terminals = rules.terminal_number(access.terminal), habits.terminals
        if terminal not in terminals:
            terminals.append(terminal)
            del terminals[:-MOST_TERMINALS]
        look.department.note_terminal(terminal, look.day)
