"""The resident answers: allow all, allow part, refuse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent import rules, store
from openhealthcode.consent.ask import topic_of, topic_of_request
from openhealthcode.consent.errors import PreviewOutdated, RequestExpired
from openhealthcode.consent.model import Answer, Consent, ConsentRequest, Notice, Provision
from openhealthcode.consent.presence import Presence, divided, note
from openhealthcode.consent.sharing import Given, share
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory
from openhealthcode.standards.ids import ConsentId, RequestId, ResidentId
from openhealthcode.trust import Keys

Within = Callable[[Connection, audit.Appended], Awaitable[None]]
"""What else is done in the transaction of an answer, under the event that logs it."""


async def allow(  # noqa: PLR0913 - all that was on the screen, and what was chosen there
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    request_id: RequestId,
    *,
    categories: frozenset[RecordCategory],
    previewed_number: int,
    notice: Notice,
    with_what_is_added: bool = False,
    lifetime_seconds: int | None = None,
    presence: Presence | None = None,
    within: Within | None = None,
) -> ConsentId:
    """Allow some or all of what was asked for; what was not previewed is not covered.

    Args:
        categories: what the resident left switched on; what was not asked for is ignored.
        previewed_number: the number the preview on the resident's screen carries.
        notice: what the resident was told beside it; kept with the consent.
        with_what_is_added: also what is filed while the consent lasts.
        lifetime_seconds: for how long, at most what was asked for; ``None`` is as asked.
        presence: how it was answered, if not by a tap on the phone.
        within: what else is to be so if and only if it was answered: a notice.

    Raises:
        NotFound: no such request. RequestExpired: answered before, or too late.
        PreviewOutdated: the screen shows an older preview than the last one made, or the resident
            has allowed, refused or lifted something since.
        InvalidInput: nothing was left switched on, or for no time at all.
    """
    consent_id = ConsentId(uuid4())
    async with transaction(pool, resident=resident_id) as connection:
        said, _ = await audit.hold(connection, resident_id)
        asked = await _asked(connection, keys, resident_id, request_id)
        allowed = _allowed(asked, categories, (previewed_number, said.consent_version))
        said_yes_to = {
            "consent": consent_id.bytes,
            "allowed": sorted(allowed),
            "previewed": previewed_number,
            "added": with_what_is_added,
            "notice": notice.version,
        }
        event = _event(resident_id, audit.Action.CONSENT_GRANT, asked, presence, **said_yes_to)
        logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
        provisions = rules.provisions_of_an_answer(
            rules.shortened(asked.ask, lifetime_seconds),
            consent_id=consent_id,
            institution_id=asked.institution_id,
            practitioner_id=asked.practitioner_id,
            allowed=allowed,
            previewed_number=previewed_number,
            with_what_is_added=with_what_is_added,
            at=logged.at,
        )
        done = event, logged
        await _keep(connection, keys, resident_id, asked, notice, presence, provisions, done)
        if within is not None:
            await within(connection, logged)
    return consent_id


async def refuse(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    request_id: RequestId,
    presence: Presence | None = None,
) -> None:
    """Refuse; costs nothing and needs no reason.

    Raises:
        NotFound: no such request. RequestExpired: answered before, or too late.
    """
    async with transaction(pool, resident=resident_id) as connection:
        asked = await _asked(connection, keys, resident_id, request_id)
        event = _event(resident_id, audit.Action.CONSENT_REFUSE, asked, presence)
        logged = await audit.append(connection, keys, resident_id, event)
        if not await store.note_answer(
            connection, resident_id, request_id, Answer.REFUSED, logged.at, None
        ):
            raise RequestExpired
        await _tell(connection, keys, resident_id, request_id)


def _allowed(
    asked: ConsentRequest, categories: frozenset[RecordCategory], previewed: tuple[int, int]
) -> frozenset[RecordCategory]:
    """Of what was left switched on, what was asked for and has just been seen.

    What is seen depends on what else the resident has said: so does the answer.
    """
    allowed = categories & asked.ask.categories
    if not allowed:
        raise InvalidInput("nothing was allowed")
    if (asked.previewed_number, asked.previewed_version) != previewed:
        raise PreviewOutdated
    return allowed


async def _keep(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    asked: ConsentRequest,
    notice: Notice,
    presence: Presence | None,
    provisions: tuple[Provision, ...],
    done: tuple[audit.Event, audit.Appended],
) -> None:
    """Write the consent and the answer, and wake both pages; only the first answer counts."""
    event, logged = done
    consent = Consent(
        consent_id=provisions[0].consent_id,
        is_override=False,
        institution_id=asked.institution_id,
        practitioner_id=asked.practitioner_id,
        purpose=asked.ask.purpose,
        notice=notice,
        granted_at=logged.at,
        end_at=provisions[0].end_at,
    )
    consent_id = consent.consent_id
    if presence is not None:
        provisions = divided(provisions, is_under_duress=presence.is_under_duress)
        asked_by = asked.institution_id, asked.practitioner_id
        await note(connection, keys, resident_id, consent_id, presence, asked_by, logged.at)
    await store.insert_consent(
        connection, keys.of(resident_id), resident_id, consent, provisions, logged.number
    )
    if not await store.note_answer(
        connection, resident_id, asked.request_id, Answer.ALLOWED, logged.at, consent_id
    ):
        raise RequestExpired
    if asked.previewed_elsewhere:
        given = Given(resident_id, consent, provisions, event)
        await share(connection, keys, given, asked.previewed_elsewhere)
    await _tell(connection, keys, resident_id, asked.request_id)


async def _asked(
    connection: Connection, keys: Keys, resident_id: ResidentId, request_id: RequestId
) -> ConsentRequest:
    labels = keys.of(resident_id).labels
    asked = await store.request(connection, labels, resident_id, request_id)
    if asked is None:
        raise NotFound
    if asked.answer is not None:
        raise RequestExpired
    return asked


def _event(
    resident_id: ResidentId,
    action: audit.Action,
    asked: ConsentRequest,
    presence: Presence | None,
    **detail: object,
) -> audit.Event:
    """An answer as the log says it; a permission outdates every look."""
    resident = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
    return audit.Event(
        action=action,
        agent=presence.agent(resident_id) if presence else resident,
        purpose=asked.ask.purpose,
        scene=asked.ask.scene,
        detail={
            "request": asked.request_id.bytes,
            "practitioner": asked.practitioner_id.bytes if asked.practitioner_id else None,
            "institution": asked.institution_id.bytes,
            **(presence.told() if presence else {}),
            **detail,
        },
    )


async def _tell(
    connection: Connection, keys: Keys, resident_id: ResidentId, request_id: RequestId
) -> None:
    await announce(connection, topic_of_request(keys, request_id))
    await announce(connection, topic_of(keys, resident_id))
