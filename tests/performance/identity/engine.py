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
from openhealthcode.identity.matching.rules import decide, name_agrees
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
from performance.identity.corpus.people import TODAY
from performance.identity.corpus.records import Record

_Key: TypeAlias = tuple[str, str]
_AT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)


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
    candidates: int = 0

    @property
    def wrong_per_million(self) -> float:
        return len(self.wrong_links) * 1e6 / self.records

    @property
    def review_per_1000(self) -> float:
        return sum(self.reviewed.values()) * 1000 / self.records


def registration_of(record: Record) -> Registration:
    """The record as it passes the door.

    A number that fails its check is refused there and comes again without; where a birth date or sex
    is refused because the number contradicts it, the number's is what comes again (``variant_of``).
    """
    certificate = _certificate(record.kind, record.number)
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
        self.outcome = Outcome(len(records), Agreement(0, 0, 0), Agreement(0, 0, 0))

    def run(self) -> Outcome:
        """Let all records arrive."""
        for place in range(len(self._records)):
            self.arrive(place)
        truth = [record.person for record in self._records]
        self.outcome.after_review = of_clusters(self._residents.all(), truth)
        self.outcome.without_review = of_clusters(self._automatic.all(), truth)
        return self.outcome

    def arrive(self, place: int) -> None:
        """Register one record: link it, have it reviewed, or make a resident."""
        outcome = self.outcome
        found = self._decide(place)
        if isinstance(found, Link):
            outcome.linked[found.rule] += 1
            self._join(place, found.resident_id.int, found.rule)
        elif isinstance(found, Doubt):
            outcome.reviewed[found.rule] += 1
            self._review(place, found)
        for block, text in blocking_keys(self._variants[place]).items():
            self._blocks[block, text].append(place)

    def _decide(self, place: int) -> Link | Doubt | Nobody:
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
        right = [c for c in doubt.candidates if self._records[c.resident_id.int].person == person]
        self.outcome.review_found += bool(right)
        for candidate in right:
            self._residents.join(place, candidate.resident_id.int)


def variants_of(records: Sequence[Record]) -> list[Variant]:
    """The comparison rows of a corpus, without what the quality rules distrust."""
    return [variant_of(quality.trusted(registration_of(record), _AT)) for record in records]


def variants_beside_numbers(records: Sequence[Record]) -> list[tuple[str, Variant]]:
    """The valid ID number of each record, and its row as it would be without."""
    rows = []
    for record in records:
        registration = quality.trusted(registration_of(record), _AT)
        number = variant_of(registration).number
        rows.append((number, variant_of(replace(registration, certificates=()))))
    return rows


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


def _phone(text: str) -> Phone | None:
    try:
        return Phone.parse(text) if text else None
    except HealthCodeError:
        return None
