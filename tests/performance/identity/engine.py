"""The master index in this process: the product's own rules over dictionaries, without a database.

Records arrive one after another, as in life. What the rules link is linked; what they doubt goes to
a registrar who knows the truth and finds it at once; for anything else a new resident is made. So
the figures judge the rules and the model; what PostgreSQL costs is measured elsewhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TypeAlias
from uuid import UUID

from openhealthcode.identity import Registration, quality
from openhealthcode.identity.matching.compare import compare
from openhealthcode.identity.matching.distance import is_one_error
from openhealthcode.identity.matching.keys import HOT_KEY_CAP, blocking_keys
from openhealthcode.identity.matching.model import (
    Candidate,
    Doubt,
    Link,
    Nobody,
    Rule,
    Variant,
)
from openhealthcode.identity.matching.normalise import variant_of
from openhealthcode.identity.matching.rules import REVIEW_FROM_BITS, decide, name_agrees
from openhealthcode.identity.matching.score import Model, score
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    HealthCodeError,
    NationalId,
    Phone,
    Sex,
)
from openhealthcode.standards.ids import ResidentId
from performance.identity.agreement import Agreement, Clusters, of_clusters
from performance.identity.corpus.records import Record

_Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Outcome:
    """What became of a corpus."""

    records: int
    after_review: Agreement
    without_review: Agreement
    wrong_links: list[tuple[int, Rule]] = field(default_factory=list)
    reviewed: Counter[Rule] = field(default_factory=Counter)
    linked: Counter[Rule] = field(default_factory=Counter)
    review_found: int = 0
    audited: int = 0
    audit_found: int = 0
    after_audit: Agreement = field(default_factory=lambda: Agreement(0, 0, 0))
    candidates: int = 0

    @property
    def wrong_per_million(self) -> float:
        return len(self.wrong_links) * 1e6 / self.records

    @property
    def review_per_1000(self) -> float:
        return (sum(self.reviewed.values()) + self.audited) * 1000 / self.records


def registration_of(record: Record) -> Registration:
    """The record as it passes the door.

    A number that fails its check is refused there and comes again without. So is one that contradicts
    the birth date; the clerk sees whether the date was mistyped (then it comes again with the
    number's, as ``variant_of`` has it) or the number is somebody else's (then without).
    """
    certificate = _certificate(record.kind, record.number)
    if certificate is not None and _is_of_somebody_else(certificate, record.birth_date):
        certificate = None
    return Registration(
        certificates=(certificate,) if certificate else (),
        name=record.name,
        sex=Sex(record.sex),
        birth_date=date.fromisoformat(record.birth_date) if record.birth_date else None,
        phone=_phone(record.phone),
        address=record.address,
        mother=_certificate("01", record.mother_number),
    )


class MasterIndex:
    """Residents and their registrations, found by blocking keys.

    Args:
        records: those that will arrive; only the truth in them is read here.
        variants: their comparison rows.
        model: what scores.
    """

    def __init__(
        self, records: Sequence[Record], variants: Sequence[Variant], model: Model
    ) -> None:
        self._records, self._variants, self._model = records, variants, model
        self._blocks: dict[_Key, list[int]] = defaultdict(list)
        self._certificates: dict[_Key, int] = {}
        self._automatic, self._residents = Clusters(len(records)), Clusters(len(records))
        self._looked_at: set[frozenset[int]] = set()
        self.outcome = Outcome(len(records), Agreement(0, 0, 0), Agreement(0, 0, 0))

    def run(self) -> Outcome:
        """Let all records arrive."""
        for place in range(len(self._records)):
            self.arrive(place)
        truth = [record.person for record in self._records]
        self.outcome.after_review = of_clusters(self._residents.all(), truth)
        self.outcome.without_review = of_clusters(self._automatic.all(), truth)
        self._audit()
        self.outcome.after_audit = of_clusters(self._residents.all(), truth)
        return self.outcome

    def arrive(self, place: int) -> None:
        """Register one record: link it, have it reviewed, or make a resident."""
        outcome = self.outcome
        found = self.decision(place)
        if isinstance(found, Link):
            outcome.linked[found.rule] += 1
            self._join(place, found.resident_id.int, found.rule)
        elif isinstance(found, Doubt):
            outcome.reviewed[found.rule] += 1
            self._review(place, found)
        for block, text in blocking_keys(self._variants[place]).items():
            self._blocks[block, text].append(place)

    def decision(self, place: int) -> Link | Doubt | Nobody:
        """What the rules say of a record, before anything is done."""
        record, variant = self._records[place], self._variants[place]
        if record.kind not in ("", "01") and record.number:
            holder = self._certificates.setdefault((record.kind, record.number), place)
            if holder != place:
                return self._by_certificate(place, holder)
        return decide(variant, self.candidates(place))

    def _by_certificate(self, place: int, holder: int) -> Link | Doubt:
        """Another certificate that is registered: its holder, if the name agrees."""
        one, other = self._variants[place], self._variants[holder]
        scored = score(self._model, compare(one, other), one, other)
        resident = ResidentId(UUID(int=self._residents.of(holder)))
        if name_agrees(one, other):
            return Link(resident, Rule.D1, scored)
        return Doubt(Rule.D2, (Candidate(resident, other, scored),))

    def candidates(self, place: int) -> list[Candidate]:
        """Whom the keys of a record lead to, compared and scored."""
        variant, model = self._variants[place], self._model
        others: set[int] = set()
        for key in blocking_keys(variant).items():
            holders = self._blocks.get(key, ())  # type: ignore[call-overload]
            if len(holders) <= HOT_KEY_CAP:
                others.update(holders)
        others.discard(place)
        self.outcome.candidates += len(others)
        return [
            Candidate(
                ResidentId(UUID(int=self._residents.of(other))),
                self._variants[other],
                score(
                    model,
                    compare(variant, self._variants[other], model.fields),
                    variant,
                    self._variants[other],
                ),
            )
            for other in sorted(others)
        ]

    def _join(self, place: int, other: int, rule: Rule) -> None:
        if self._records[other].person != self._records[place].person:
            self.outcome.wrong_links.append((place, rule))
        self._residents.join(place, other)
        self._automatic.join(place, other)

    def _review(self, place: int, doubt: Doubt) -> None:
        """A registrar looks at the candidates and joins those who are the same person."""
        person = self._records[place].person
        for candidate in doubt.candidates:
            self._looked_at.add(
                frozenset((person, self._records[candidate.resident_id.int].person))
            )
        right = [c for c in doubt.candidates if self._records[c.resident_id.int].person == person]
        self.outcome.review_found += bool(right)
        for candidate in right:
            self._residents.join(place, candidate.resident_id.int)

    def _audit(self) -> None:
        """What batch linkage finds afterwards, over the same keys, goes to the registrar too.

        A number links at once, whoever else is near: so somebody may be left who was registered
        without. Two who hold different numbers, or were looked at together, are not shown again.
        """
        numbers = {
            self._residents.of(place) for place, one in enumerate(self._variants) if one.number
        }
        for place, variant in enumerate(self._variants):
            for candidate in self.candidates(place):
                one, other = (
                    self._residents.of(place),
                    self._residents.of(candidate.resident_id.int),
                )
                persons = frozenset(self._records[each].person for each in (one, other))
                is_known = one == other or persons in self._looked_at
                if is_known or {one, other} <= numbers or variant.is_newborn:
                    continue
                if candidate.score.bits >= REVIEW_FROM_BITS:
                    self._looked_at.add(persons)
                    self.outcome.audited += 1
                    if len(persons) == 1:
                        self.outcome.audit_found += 1
                        self._residents.join(one, other)


def variants_of(records: Sequence[Record]) -> list[Variant]:
    """The comparison rows of a corpus, without what the quality rules distrust."""
    return [variant_of(_trusted(record)) for record in records]


def variants_beside_numbers(records: Sequence[Record]) -> list[tuple[str, Variant]]:
    """The valid ID number of each record, and its row as it would be without."""
    rows = []
    for record in records:
        registration = _trusted(record)
        number = variant_of(registration).number
        rows.append((number, variant_of(replace(registration, certificates=()))))
    return rows


def _trusted(record: Record) -> Registration:
    """What the quality rules of the product leave of it, on the day it was received."""
    at = datetime.fromisoformat(record.received).replace(tzinfo=UTC)
    return quality.trusted(registration_of(record), at)


def _certificate(kind: str, number: str) -> Certificate | None:
    if not number:
        return None
    try:
        if kind == "01" and len(number) == 15:
            return Certificate(
                CertificateKind.NATIONAL_ID, NationalId.from_fifteen_digits(number).number
            )
        return Certificate.parse(CertificateKind(kind), number)
    except HealthCodeError:
        return None


def _is_of_somebody_else(certificate: Certificate, birth_date: str) -> bool:
    if certificate.kind is not CertificateKind.NATIONAL_ID or not birth_date:
        return False
    held = NationalId(certificate.number).birth_date.isoformat()
    return held[:4] != birth_date[:4] and not is_one_error(held, birth_date)


def _phone(text: str) -> Phone | None:
    try:
        return Phone.parse(text) if text else None
    except HealthCodeError:
        return None
