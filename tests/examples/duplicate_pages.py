"""The registrar's pages of the master index and of phones, on invented people and numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import PhoneAtCounter, PhonesAtCounter, WaitingDelivery
from openhealthcode.access.duplicates import (
    AnsweredCase,
    ComparedCase,
    ComparedEntry,
    HistoryEvent,
    IdentityHistory,
    QueuedCase,
    ReviewQueue,
)
from openhealthcode.access.duplicates.compare import Moot, best_score
from openhealthcode.collection import Waiting
from openhealthcode.identity import Registration, Source, Verification, review
from openhealthcode.identity.linking import RelationKind
from openhealthcode.identity.quality import Effect
from openhealthcode.identity.reading import Received
from openhealthcode.identity.review import (
    Answer,
    Answered,
    Backlog,
    ReviewItem,
    ReviewKind,
    Risk,
)
from openhealthcode.portal import layout
from openhealthcode.portal.registrar import (
    deliveries,
    duplicates,
    history,
    particulars,
    phones,
    renumber,
)
from openhealthcode.portal.registrar.quality import QualityLine
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.registry import Institution, InstitutionKind, Practitioner, PractitionerRole
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex
from openhealthcode.standards.ids import InstitutionId, MergeId, PractitionerId, ResidentId
from openhealthcode.standards.national_id import check_character

NOW = datetime.now(UTC)
HOSPITAL, TOWNSHIP = InstitutionId(UUID(int=1)), InstitutionId(UUID(int=2))
CLERK = PractitionerId(UUID(int=3))
A, B = ResidentId(UUID(int=4)), ResidentId(UUID(int=5))
ADDRESS = "青海省演示州黛川县东街街道文化社区文化路12号3单元402室"
HOSTILE = "<script>alert(1)</script>\u202e李"


def number(serial: int, born: str = "19590418") -> Certificate:
    body = f"880102{born}{serial:03d}"
    return Certificate(CertificateKind.NATIONAL_ID, body + check_character(body))


PASSPORT = Certificate.parse(CertificateKind.PASSPORT, "E12345678", "passport")
LI = Registration(
    (number(2),), "李秀英", Sex.FEMALE, date(1959, 4, 18), Phone.parse("13912345678"), ADDRESS
)
XIU = Registration(
    (PASSPORT,), "李秀瑛", Sex.FEMALE, date(1959, 4, 18), Phone.parse("13912345678"), ADDRESS
)
TWIN = Registration((number(4),), "李秀兰", Sex.FEMALE, date(1959, 4, 18), None, ADDRESS)
BORROWED = Registration(
    (number(2),), "阿卜杜热依木·买买提依明", Sex.MALE, date(2021, 5, 6), None, "同上"
)
DOUBTFUL = Registration((PASSPORT,), "测试", Sex.UNKNOWN, date(2031, 5, 6))


def received(
    registration: Registration, days: float, at: InstitutionId = HOSPITAL, *, seen: bool = False
) -> Received:
    verification = Verification.SEEN if seen else Verification.ASSERTED
    return Received(registration, Source(at, verification), NOW - timedelta(days=days))


def case(
    *columns: ComparedEntry,
    kind: ReviewKind = ReviewKind.DUPLICATE,
    reason: str = "score",
    answer: Answer | None = None,
) -> ComparedCase:
    item = ReviewItem(
        residents=tuple(one.resident_id for one in columns if one.resident_id) or (A,),
        review_key=bytes(32),
        kind=kind,
        reason=reason,
        bits=8.4 if kind is ReviewKind.DUPLICATE else None,
        model_version="1",
        institution_id=HOSPITAL,
        opened_at=NOW - timedelta(hours=7),
    )
    answered = () if answer is None else (_answered(answer),)
    score = best_score(*columns[:2]) if len(columns) > 1 else review_score()
    moot = Moot.CLOSED if any(one.is_closed for one in columns) else None
    return ComparedCase("A" * 64, item, columns, score, answered, moot)


def review_score():
    return best_score(ComparedEntry(A, ()), ComparedEntry(B, ()))


def _answered(answer: Answer, hours: float = 1) -> Answered:
    return Answered(
        resident_id=A,
        review_key=bytes(32),
        answer=answer,
        at=NOW - timedelta(hours=hours),
        clerk_id=CLERK,
        institution_id=HOSPITAL,
        merge_id=MergeId(UUID(int=9)) if answer is Answer.MERGED else None,
        worked_for=timedelta(minutes=3),
    )


FIRST = ComparedEntry(A, (received(LI, 900, seen=True),), ("139****5678",))
SECOND = ComparedEntry(B, (received(XIU, 3, TOWNSHIP),), ("137****5671",))
PAIR = case(FIRST, SECOND)
CASES: Mapping[str, tuple[ComparedCase, str]] = {
    "/registrar/duplicates/pair": (PAIR, ""),
    "/registrar/duplicates/again": (PAIR, "merge-reason"),
    "/registrar/duplicates/twins": (
        case(FIRST, ComparedEntry(B, (received(TWIN, 3, TOWNSHIP),)), reason="D3"),
        "numbers",
    ),
    "/registrar/duplicates/borrowed": (
        case(
            FIRST,
            ComparedEntry(None, (received(BORROWED, 0.2, TOWNSHIP),)),
            kind=ReviewKind.SET_ASIDE,
            reason="name-disagrees",
        ),
        "",
    ),
    "/registrar/duplicates/changed": (
        case(
            FIRST,
            ComparedEntry(None, (received(XIU, 0.2, TOWNSHIP),)),
            kind=ReviewKind.SET_ASIDE,
            reason="name-disagrees",
        ),
        "paper",
    ),
    "/registrar/duplicates/accepted": (
        case(
            FIRST,
            ComparedEntry(None, (received(XIU, 0.2, TOWNSHIP),)),
            kind=ReviewKind.SET_ASIDE,
            reason="name-disagrees",
            answer=Answer.ACCEPTED,
        ),
        "",
    ),
    "/registrar/duplicates/three": (
        case(
            FIRST,
            SECOND,
            ComparedEntry(None, (received(XIU, 0.1),)),
            kind=ReviewKind.SET_ASIDE,
            reason="certificates-of-different-residents",
        ),
        "",
    ),
    "/registrar/duplicates/doubtful": (
        case(
            ComparedEntry(None, (received(DOUBTFUL, 0.1),)),
            kind=ReviewKind.SET_ASIDE,
            reason="doubtful",
        ),
        "",
    ),
    "/registrar/duplicates/settled": (case(FIRST, SECOND, answer=Answer.MERGED), ""),
    "/registrar/duplicates/closed": (
        case(FIRST, ComparedEntry(B, (), is_closed=True)),
        "",
    ),
    "/registrar/duplicates/hostile": (
        case(
            ComparedEntry(A, (received(Registration((PASSPORT,), HOSTILE, address=HOSTILE), 9),)),
            SECOND,
            reason="of-a-later-release",
        ),
        "",
    ),
}


def queued(risk: Risk, reason: str, hours: float, bits: float | None) -> QueuedCase:
    kind = ReviewKind.SET_ASIDE if bits is None else ReviewKind.DUPLICATE
    item = ReviewItem(
        residents=(A, B),
        review_key=bytes(32),
        kind=kind,
        reason=reason,
        bits=bits,
        model_version="1",
        institution_id=TOWNSHIP,
        opened_at=NOW - timedelta(hours=hours),
    )
    assert review.risk_of(item) is risk
    return QueuedCase("B" * 64, item, risk)


QUEUE = ReviewQueue(
    (
        queued(Risk.MIXED_UP, "name-disagrees", 31, None),
        queued(Risk.MIXED_UP, "D3", 5, 2.5),
        queued(Risk.LIKELY, "score", 50, 14.25),
            queued(Risk.POSSIBLE, "score", 3, 1.0),
        queued(Risk.LEFT_OUT, "doubtful", 2, None),
    ),
    Backlog({Risk.MIXED_UP: 2, Risk.LIKELY: 17, Risk.POSSIBLE: 38, Risk.LEFT_OUT: 3}, NOW - timedelta(hours=50),
            timedelta(hours=3.4)),
    tuple(AnsweredCase("C" * 64, _answered(answer, place)) for place, answer in enumerate(Answer)),
)  # fmt: skip
EMPTY = ReviewQueue((), Backlog(dict.fromkeys(Risk, 0), None, timedelta(0)), ())


def event(kind: str, days: float, entry: int = 1, **more: object) -> HistoryEvent:
    return HistoryEvent(
        at=NOW - timedelta(days=days),
        entry=entry,
        kind=kind,
        clerk_id=None if kind == "registration" else CLERK,
        institution_id=HOSPITAL,
        **more,
    )


HISTORY = IdentityHistory(
    "李**",
    2,
    (
        event("resident.merge", 0.1, reason="见过两份的证件原件，都是此人的。"),
        event("identity.compare", 0.1),
        event("registration", 3, 2, received=received(XIU, 3, TOWNSHIP)),
        event("phone.unbind", 40, phone="138****0001"),
        event("phone.bind", 41, phone="139****5678"),
        event("registration", 900, received=received(LI, 900, seen=True)),
    ),
    (RelationKind.MOTHER, RelationKind.HOUSEHOLD),
)
FOUND = PhonesAtCounter(
    "D" * 64,
    "李**",
    (PhoneAtCounter("E" * 64, "139****5678"), PhoneAtCounter("F" * 64, "137****5671")),
    2,
)
LINES = [
    QualityLine("姓名是占位用语，确认身份后请更正。", Effect.WARN, 12, 0.031, 0.004),
    QualityLine("没有电话。", Effect.COUNT, 88, 0.23, 0.2),
    QualityLine("an-older-rule", None, 1, 0.002, 0.002),
]


def known(request: Request) -> Acquaintances:
    """One clerk and two institutions."""
    places = (
        (
            HOSPITAL,
            InstitutionKind.SECONDARY_HOSPITAL,
            "黛川县人民医院",
            "Daichuan County Hospital",
        ),
        (TOWNSHIP, InstitutionKind.TOWNSHIP_CENTRE, "青石镇卫生院", "Qingshi Township Centre"),
    )
    role = PractitionerRole.REGISTRAR
    clerk = Practitioner(CLERK, HOSPITAL, "秦登记", "Qin Dengji", "R0101", role, "", "", True)  # noqa: FBT003
    return Acquaintances(
        {CLERK: clerk},
        {
            place: Institution(place, kind, name, name_en, "880102", None, is_active=True)
            for place, kind, name, name_en in places
        },
        layout.language_of(request),
    )


def _shown(page: Response) -> Response:
    """The page itself, however it answers: a browser complains about other statuses."""
    page.status_code = 200
    return page


async def _case(request: Request) -> Response:
    found, problem = CASES[request.url.path]
    return _shown(duplicates.page_of_case(request, found, known(request), problem))


DELIVERY = WaitingDelivery(
    Waiting(ResidentId(UUID(int=9)), HOSPITAL, NOW - timedelta(hours=5)),
    "阿卜杜热依木·买买提依明",
    "1959-04-18",
    "female",
    ("880102195904180020",),
    {"Observation": 11, "Encounter": 1},
)


async def _deliveries(request: Request, *, done: str, is_empty: bool = False) -> Response:
    waiting = [] if is_empty else [DELIVERY.waiting]
    return deliveries.page_of_waiting(request, waiting, known(request), done)


async def _delivery(request: Request, *, found: WaitingDelivery, problem: str) -> Response:
    return _shown(deliveries.page_of_delivery(request, found, known(request), problem))


async def _queue(request: Request, queue: ReviewQueue, done: str) -> Response:
    return duplicates.page_of_queue(request, queue, known(request), done)


async def _history(request: Request, problem: str = "") -> Response:
    if problem:
        return history.page(request, problem=problem)
    return history.page(request, history=HISTORY, known=known(request))


async def _form(request: Request) -> Response:
    return history.page(request)


async def _phones(request: Request, found: PhonesAtCounter | None, problem: str) -> Response:
    return phones.page(request, problem=problem, found=found)


async def _particulars(
    request: Request, *, problem: str = "", done: list[str] | None = None
) -> Response:
    return particulars.page(request, problem=problem, done=done)


async def _renumber(request: Request, *, problem: str, is_done: bool) -> Response:
    return renumber.page(request, problem=problem, is_done=is_done)


async def _code(request: Request) -> Response:
    return phones.code_page(request, "token", is_replaced=True, problem="code")


async def _quality(request: Request, lines: list[QualityLine]) -> Response:
    return layout.render(
        request,
        "registrar/quality.html",
        lines=lines,
        received=384 if lines else 0,
        since=NOW.date().replace(day=1),
    )


def _made(
    render: Callable[..., Awaitable[Response]], **values: object
) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return _shown(await render(request, **values))

    return page


MADE = {
    "/registrar/duplicates": _made(_queue, queue=QUEUE, done="merged"),
    "/registrar/duplicates/none": _made(_queue, queue=EMPTY, done=""),
    **dict.fromkeys(CASES, _case),
    "/registrar/deliveries": _made(_deliveries, done="filed"),
    "/registrar/deliveries/none": _made(_deliveries, done="", is_empty=True),
    "/registrar/deliveries/one": _made(_delivery, found=DELIVERY, problem=""),
    "/registrar/deliveries/number": _made(_delivery, found=DELIVERY, problem="number"),
    "/registrar/deliveries/compared": _made(_delivery, found=DELIVERY, problem="compared"),
    "/registrar/deliveries/contradicts": _made(_delivery, found=DELIVERY, problem="contradicts"),
    "/registrar/deliveries/hostile": _made(
        _delivery,
        found=replace(DELIVERY, name="<b>x</b>\u202e" * 20, numbers=("<i>1</i>" * 20,)),
        problem="refused",
    ),
    "/registrar/history": _form,
    "/registrar/history/nobody": _made(_history, problem="nobody"),
    "/registrar/history/found": _history,
    "/registrar/quality": _made(_quality, lines=LINES),
    "/registrar/quality/none": _made(_quality, lines=[]),
    "/registrar/phones": _made(_phones, found=None, problem="compared"),
    "/registrar/phones/found": _made(_phones, found=FOUND, problem=""),
    "/registrar/phones/code": _made(_code),
    "/registrar/particulars": _made(_particulars, problem="paper"),
    "/registrar/particulars/done": _made(_particulars, done=["name", "sex"]),
    "/registrar/particulars/taken": _made(_particulars, problem="certificate-taken"),
    "/registrar/renumber": _made(_renumber, problem="reason", is_done=False),
    "/registrar/renumber/done": _made(_renumber, problem="", is_done=True),
    "/registrar/renumber/taken": _made(_renumber, problem="certificate-taken", is_done=False),
}
