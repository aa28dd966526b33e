"""A registrar decides a case that was compared, or takes a decision back; a case is answered once.

What follows from an answer (a merge, entries kept apart) is ``collection``'s. Where that writes in
one transaction with what is owed for it, the answer is kept in the same; it is the transaction that
holds the logs of everybody concerned, so that of two registrars one is told that it was answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import combinations

from openhealthcode import audit, collection
from openhealthcode.access import merging
from openhealthcode.access.duplicates.compare import (
    ComparedEntry,
    Moot,
    best_score,
    case_of,
    compared_since,
    institution_of,
    moot_by,
    open_entries,
    opened,
)
from openhealthcode.access.particulars import Particulars, completed, of_document
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import Identifier, Registration, ReviewReason, matching, review
from openhealthcode.identity import reading as identity_reading
from openhealthcode.identity.linking import Done, Suggestion
from openhealthcode.identity.review import Answer, Answered, AnsweredAlready, ReviewItem, ReviewKind
from openhealthcode.sign_in import Outbox
from openhealthcode.standards import Certificate, CertificateKind, Conflict, InvalidInput, Sex
from openhealthcode.standards.ids import InstitutionId, MergeId, PractitionerId, ResidentId
from openhealthcode.trust import Keys


class NumbersDiffer(Conflict):
    """Each of the two has a valid ID number of their own; two people, unless papers say otherwise."""

    code = "numbers-differ"


class DismissReason(StrEnum):
    """Why a registration that was set aside is not followed."""

    MISTYPED = "mistyped"
    BORROWED = "borrowed"
    """The number is another person's; a relation, never an identity."""
    ISSUED_TWICE = "issued-twice"
    CLOSED = Moot.CLOSED.value
    DECIDED = Moot.DECIDED.value


@dataclass(frozen=True, slots=True)
class _Case:
    """A case that is about to be answered."""

    item: ReviewItem
    answered: tuple[Answered, ...]
    since: datetime
    clerk_id: PractitionerId
    institution_id: InstitutionId

    @property
    def first(self) -> ResidentId:
        """With whom the case is kept."""
        return self.item.residents[0]

    def answer(self, answer: Answer, at: datetime, merge_id: MergeId | None = None) -> Answered:
        """What is kept of it."""
        return Answered(
            resident_id=self.first,
            review_key=self.item.review_key,
            answer=answer,
            at=at,
            clerk_id=self.clerk_id,
            institution_id=self.institution_id,
            merge_id=merge_id,
            worked_for=max(at - self.since, timedelta(0)) if answer.settles else None,
        )


async def merge_case(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    public_id: str,
    clerk: audit.Agent,
    *,
    survivor: ResidentId,
    reason: str,
    despite_numbers: bool = False,
) -> None:
    """Decide that the entries of a case are one person; both residents are told, of no other name.

    Args:
        survivor: whose id the person has from now on; one of the case's.
        reason: in words; the residents do not read it, since it may name another.
        despite_numbers: papers were seen that explain two valid ID numbers.

    Raises:
        NotFound, Forbidden: as ``compare_case`` and ``compared_since`` say.
        InvalidInput: no reason, or a survivor of another case.
        AnsweredAlready: somebody answered meanwhile.
        NumbersDiffer: two valid ID numbers, and nobody says why.
        AlreadyOnePerson, KnownApart, TooManyMerged: as ``collection.merge`` says.
    """
    async with transaction(pool, resident=opened(keys, public_id)[0]) as connection:
        case = await _case(connection, keys, public_id, clerk)
        others = [one for one in case.item.residents if one != survivor]
        if len(others) != 1:
            raise InvalidInput("two entries, and one of them survives")
        suggestion, has_two_numbers = await _suggested(connection, keys, case.item)
    if has_two_numbers and not despite_numbers:
        raise NumbersDiffer

    async def keep(connection: Connection, done: Done) -> None:
        at = done.logged[case.first].at
        await _keep(connection, case, case.answer(Answer.MERGED, at, done.merge.merge_id))

    await merging.merge(
        pool,
        keys,
        outbox,
        survivor,
        others[0],
        reason,
        clerk,
        suggestion=suggestion,
        also=keep,
    )


async def keep_case_apart(
    pool: Pool, keys: Keys, public_id: str, clerk: audit.Agent, reason: str
) -> None:
    """Decide that the entries of a case are different people; nobody suggests them again.

    Raises:
        NotFound, Forbidden: as ``compare_case`` and ``compared_since`` say.
        InvalidInput: no reason, or only one entry.
        AnsweredAlready: somebody answered meanwhile.
        AlreadyOnePerson: they are merged; that is taken back first.
    """
    async with transaction(pool, resident=opened(keys, public_id)[0]) as connection:
        case = await _case(connection, keys, public_id, clerk)
        if len(case.item.residents) < 2:
            raise InvalidInput("two entries are kept apart")
    for left, right in combinations(case.item.residents, 2):
        await collection.not_same(pool, keys, left, right, reason, clerk)
    await _answer(pool, case, Answer.NOT_SAME)


async def accept_case(
    pool: Pool, keys: Keys, public_id: str, clerk: audit.Agent, paper: str
) -> None:
    """Decide that a registration that was set aside is right: the person changed and shows the papers.

    Name, sex and birth date are put right, or the new ID number takes the old one's place; the sender
    may deliver again. The way back is another change at a counter, which the log keeps as well.

    Args:
        paper: what proves it, in words.

    Raises:
        NotFound, Forbidden: as ``compare_case`` and ``compared_since`` say.
        InvalidInput: no paper, or a case that is not one resident's who may have changed.
        AnsweredAlready: somebody answered meanwhile.
        CertificateTaken, NumberDisagrees, RegistrationMalformed: what came in cannot be theirs.
    """
    async with transaction(pool, resident=opened(keys, public_id)[0]) as connection:
        case = await _case(connection, keys, public_id, clerk)
        is_moot = await moot_by(connection, keys, case.item) is not None
        if is_moot or not paper or not review.is_of_one_who_may_have_changed(case.item):
            raise InvalidInput("a change of one resident, with a paper that proves it")
        known = await identity_reading.identifiers(connection, keys, case.first)
    delivered = identity_reading.set_aside(keys, case.item).registration
    source = collection.Source(clerk, case.institution_id, has_seen_document=True)
    if case.item.reason == ReviewReason.SECOND_NATIONAL_ID:
        old, new = changed_number(known, delivered)
        await collection.supersede(
            pool,
            keys,
            case.first,
            old=old,
            registration=of_document(new, delivered.name),
            reason=paper,
            source=source,
        )
    else:
        said = Particulars(
            name=delivered.name,
            sex=None if delivered.sex is Sex.UNKNOWN else delivered.sex,
            birth_date=delivered.birth_date,
        )
        shown = _shown(known, delivered)
        corrected = await completed(pool, keys, case.first, said, shown)
        await collection.correct(
            pool, keys, case.first, corrected, collection.Correction.CHANGED, source, paper=paper
        )
    await _answer(pool, case, Answer.ACCEPTED)


def changed_number(
    known: Sequence[Identifier], delivered: Registration
) -> tuple[Certificate, Certificate]:
    """The ID number somebody is registered with, and the one that came in beside another document.

    Raises:
        InvalidInput: there are not one of each.
    """
    old = [
        one.certificate
        for one in known
        if one.superseded_at is None and one.certificate.is_citizen_number
    ]
    new = [one for one in delivered.certificates if one.is_citizen_number]
    if len({one.number for one in old}) != 1 or not new:
        raise InvalidInput("one number takes the place of one")
    return old[0], new[0]


def _shown(known: Sequence[Identifier], delivered: Registration) -> tuple[Certificate, ...]:
    """The documents of a delivery that are the resident's already; no other was compared."""
    theirs = {one.certificate.normalised for one in known if one.superseded_at is None}
    return tuple(one for one in delivered.certificates if one.normalised in theirs)


async def dismiss_case(
    pool: Pool, keys: Keys, public_id: str, clerk: audit.Agent, why: DismissReason
) -> None:
    """Decide that a registration that was set aside is its sender's to put right.

    Nothing of it is taken over; the log of everybody it concerned says that it was looked into. Also
    what is left when an account was closed or the entries were decided about otherwise.

    Raises:
        NotFound, Forbidden: as ``compare_case`` and ``compared_since`` say.
        InvalidInput: two entries that are both there are merged or kept apart.
        AnsweredAlready: somebody answered meanwhile.
    """
    async with transaction(pool, resident=opened(keys, public_id)[0]) as connection:
        case = await _case(connection, keys, public_id, clerk)
        moot = await moot_by(connection, keys, case.item)
        if why.value in set(Moot) and why.value != moot:
            raise InvalidInput("there is something to decide")
        if moot is None and case.item.kind is not ReviewKind.SET_ASIDE:
            raise InvalidInput("two entries are merged or kept apart")
        event = audit.Event(
            action=audit.Action.IDENTITY_DISMISS,
            agent=clerk,
            detail={"case": review.reference_of(case.item).bytes, "why": why.value},
        )
        at = datetime.now(UTC)
        for resident_id in await open_entries(connection, case.item):
            await enter(connection, resident=resident_id)
            at = (await audit.append(connection, keys, resident_id, event)).at
        await _keep(connection, case, case.answer(Answer.DISMISSED, at))


async def take_back_answer(
    pool: Pool, keys: Keys, outbox: Outbox, public_id: str, clerk: audit.Agent, reason: str
) -> Answer:
    """Take the latest answer to a case back; it waits again. Answers what was taken back.

    A merge is undone exactly, whatever was merged since; both residents are told.

    Raises:
        NotFound, Forbidden: as ``compare_case`` and ``compared_since`` say.
        InvalidInput: no reason, or a change that was taken over; another at a counter takes it back.
        AnsweredAlready: there is nothing to take back.
        NotMerged: the merge was undone elsewhere.
    """
    async with transaction(pool, resident=opened(keys, public_id)[0]) as connection:
        case = await _case(connection, keys, public_id, clerk, is_settled=True)
    latest = case.answered[-1]
    if latest.answer is Answer.ACCEPTED:
        raise InvalidInput("another change at a counter takes it back")
    if latest.answer is Answer.MERGED and latest.merge_id is not None:

        async def keep(connection: Connection, done: Done) -> None:
            at = done.logged[case.first].at
            await _keep(connection, case, case.answer(Answer.REOPENED, at))

        await merging.unmerge(
            pool, keys, outbox, latest.resident_id, latest.merge_id, reason, clerk, also=keep
        )
        return latest.answer
    if latest.answer is Answer.NOT_SAME:
        for left, right in combinations(case.item.residents, 2):
            await collection.withdraw_not_same(pool, keys, left, right, reason, clerk)
    await _answer(pool, case, Answer.REOPENED)
    return latest.answer


async def _case(
    connection: Connection,
    keys: Keys,
    public_id: str,
    clerk: audit.Agent,
    *,
    is_settled: bool = False,
) -> _Case:
    """A case that this registrar has before them and that waits, or is settled, as wanted."""
    resident_id, reference = opened(keys, public_id)
    item, answered = await case_of(connection, resident_id, reference, clerk)
    if (bool(answered) and answered[-1].answer.settles) is not is_settled:
        raise AnsweredAlready
    since = await compared_since(connection, keys, item, answered, clerk)
    return _Case(item, answered, since, PractitionerId(clerk.id), institution_of(clerk))


async def _answer(pool: Pool, case: _Case, answer: Answer) -> None:
    """Keep an answer in a transaction of its own, under the logs of those it concerns."""
    async with transaction(pool, resident=case.first) as connection:
        at = datetime.now(UTC)
        for resident_id in await open_entries(connection, case.item):
            await enter(connection, resident=resident_id)
            _, at = await audit.hold(connection, resident_id)
        await _keep(connection, case, case.answer(answer, at))


async def _keep(connection: Connection, case: _Case, answered: Answered) -> None:
    await enter(connection, resident=case.first)
    await review.add_answer(connection, case.item, answered)


async def _suggested(
    connection: Connection, keys: Keys, item: ReviewItem
) -> tuple[Suggestion, bool]:
    """What the registrar was shown, without the values; and whether both have a number."""
    entries = []
    for resident_id in item.residents[:2]:
        await enter(connection, resident=resident_id)
        received = await identity_reading.received(connection, keys, resident_id)
        entries.append(ComparedEntry(resident_id, received))
    score = best_score(*entries)
    evidence = tuple(f"{one.field}: {one.level} ({one.bits:+.1f})" for one in score.evidence)
    version = matching.default_model().version
    numbers = [_numbers(entry) for entry in entries]
    has_two = all(numbers) and not numbers[0] & numbers[1]
    return Suggestion(item.reason, round(score.bits, 2), version, evidence), has_two


def _numbers(entry: ComparedEntry) -> frozenset[str]:
    return frozenset(
        certificate.number
        for each in entry.received
        for certificate in each.registration.certificates
        if certificate.kind is CertificateKind.NATIONAL_ID
    )
