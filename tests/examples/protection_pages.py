"""Seals, breaches and transfers on invented values, to look at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from openhealthcode.access.affected import Affected, BreachNotice, Code, Statement
from openhealthcode.access.sealing import PastAccess
from openhealthcode.audit import AgentKind
from openhealthcode.consent.seal import RecordSeal, SealReason
from openhealthcode.portal.reviewer.office import SUPERVISOR
from openhealthcode.portal.supervisor.breaches import BreachView
from openhealthcode.portal.supervisor.seals import LookerView, OrderView
from openhealthcode.portal.supervisor.transfers import EditionView, PartyView
from openhealthcode.registry.agreements import Agreement, Channel, Volume
from openhealthcode.standards import PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId
from openhealthcode.supervision.agreements import PartyStanding
from openhealthcode.supervision.breach import (
    Breach,
    BreachState,
    BreachStep,
    StepKind,
    Suspect,
    What,
    clocks,
)
from openhealthcode.supervision.protected import Standing
from openhealthcode.supervision.sealing import Order, OrderState
from openhealthcode.supervision.sealing.order import as_said

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
HOSTILE = "<b>x</b>\u202eA very long name that goes on and on"


class _Typed:
    """Nothing was typed yet."""

    chosen = frozenset[str]()

    def text(self, _name: str) -> str:
        return ""


ORDER = Order(
    order_id=UUID(int=71),
    breach_id=None,
    reason=SealReason.MISUSE,
    words="接到举报，正在核查" * 3 + HOSTILE,
    placed_by=PractitionerId(UUID(int=72)),
    institution_id=InstitutionId(UUID(int=73)),
    placed_at=NOW,
    until=NOW + timedelta(days=30),
    named=3,
)
IN_FORCE = OrderView(order=ORDER, state=OrderState.IN_FORCE, placed_by="高远 0900")
ASKED = OrderView(
    order=replace(
        ORDER,
        lift_asked_by=ORDER.placed_by,
        lift_asked_at=NOW,
        lift_words="核查完毕",
        reason=SealReason.BREACH,
        breach_id=UUID(int=74),
    ),
    state=OrderState.LIFT_ASKED,
    placed_by="高远 0900",
    lift_asked_by="高远 0900",
)
LIFTED = OrderView(
    order=replace(ASKED.order, lifted_by=PractitionerId(UUID(int=75)), lifted_at=NOW),
    state=OrderState.LIFTED,
    placed_by="",
    lift_asked_by="高远 0900",
    lifted_by="周明 0901",
)
LOOKERS = tuple(
    LookerView(
        kind=kind,
        name=name,
        institution="黛川市中心医院",
        past=PastAccess(
            agent_kind=AgentKind(kind),
            agent_id=UUID(int=76),
            institution_id=None,
            looks=looks,
            refused=2,
            residents=2,
            first_at=NOW,
            last_at=NOW,
        ),
    )
    for kind, name, looks in (
        ("practitioner", HOSTILE, 12),
        ("system", "门诊系统", 3),
        ("link", "", 1),
    )
)
SEALED = [
    (
        RecordSeal(consent_id=ConsentId(UUID(int=77)), order=as_said(one.order), since=NOW),
        "黛川市卫生健康委员会",
    )
    for one in (IN_FORCE, ASKED)
]
TYPING = {
    "office": SUPERVISOR,
    "typed": type("Typed", (), {"numbers": "", "reason": "", "words": "", "days": 30})(),
    "reasons": tuple(SealReason),
    "lengths": (7, 30, 90),
    "most": 200,
    "problem": "",
}
PROTECTING = {
    "office": SUPERVISOR,
    "standing": Standing(12, 2),
    "lengths": (30, 90, 180, 366),
    "problem": "",
    "done": "",
}
SHOWING = {"office": SUPERVISOR, "sealed": 2, "lookers": None, "problem": "", "done": ""}

WHAT = What(
    suspect=Suspect.PRACTITIONER,
    agent_id=UUID(int=80),
    since=NOW - timedelta(days=9),
    until=NOW - timedelta(days=1),
    known_at=NOW - timedelta(hours=5),
    kinds="姓名、检验结果",
    cause="账号被他人使用" + HOSTILE,
    harm="可能收到冒充医院的电话",
    measures="账号已停用，正在核查",
    advice="不要向来电者提供验证码",
    contact="黛川县卫生健康局 0000-0000000",
)
BREACH = Breach(
    breach_id=UUID(int=81),
    what=WHAT,
    opened_by=ORDER.placed_by,
    institution_id=ORDER.institution_id,
    opened_at=NOW,
)
STEPS = tuple(
    (BreachStep(number=number, kind=kind, by=UUID(int=82), at=NOW, **more), "高远 0900")
    for number, (kind, more) in enumerate(
        (
            (StepKind.CONTAIN, {}),
            (StepKind.SEE, {"done": 212, "of": 212}),
            (StepKind.SEAL, {"done": 212, "of": 212, "order_id": UUID(int=71)}),
            (StepKind.TAKE_BACK, {"done": 212, "of": 212, "words": "paper phone"}),
            (StepKind.NOTIFY, {"done": 200, "of": 212}),
            (StepKind.REPORT, {"words": HOSTILE}),
        ),
        1,
    )
)
DEALT_WITH = BreachView(
    breach=BREACH,
    state=BreachState.OPEN,
    clocks=clocks(WHAT, [step for step, _ in STEPS], NOW),
    suspect="王敏 0217",
    opened_by="高远 0900",
    steps=STEPS,
)
BEGUN = replace(
    DEALT_WITH,
    state=BreachState.CLOSE_ASKED,
    clocks=clocks(WHAT, [], NOW + timedelta(days=9)),
    steps=(),
    suspect=HOSTILE,
    may_close=True,
)
SEEN = Affected(
    residents=212,
    looks=431,
    categories=(RecordCategory.LABORATORY, RecordCategory.ALLERGIES),
    with_identity=3,
    is_cut=True,
)
EDITION = Agreement(
    agreement_id=UUID(int=90),
    party="institution:1",
    title="检验结果共享协议" + HOSTILE,
    purposes=frozenset({PurposeOfUse.TREATMENT, PurposeOfUse.PAYMENT}),
    categories=frozenset(RecordCategory),
    channels=frozenset(Channel),
    legal_basis="个人信息保护法第二十三条",
    impact_assessment="PIA-2026-014，风险可接受",
    sub_processors=("黛川云运维有限公司", HOSTILE),
    starts_on=NOW.date(),
    ends_on=NOW.date() + timedelta(days=300),
    proposed_by=UUID(int=82),
    proposed_at=NOW,
)
STANDING = PartyStanding(
    party="institution:00000000-0000-0000-0000-000000000001",
    name="青石镇卫生院",
    name_en="",
    applications=("卫生院系统", HOSTILE),
    editions=(EDITION,),
    volumes=((Channel.READ, Volume(48_211, NOW)), (Channel.EXPORT, Volume(2, NOW))),
)
PARTY = PartyView(standing=STANDING, name="青石镇卫生院", is_covered=True)
NOBODY = PartyView(
    standing=replace(STANDING, applications=(), editions=(), volumes=()),
    name=HOSTILE,
    is_covered=False,
)
EDITIONS = [
    EditionView(
        edition=replace(EDITION, **more),
        state=state,
        proposed_by="高远 0900",
        signed_by="周明 0901" if "signed_at" in more else "",
        suspended_by="高远 0900" if "suspended_at" in more else "",
        may_sign=may_sign,
    )
    for state, may_sign, more in (
        ("proposed", True, {}),
        ("proposed", False, {}),
        ("in-force", False, {"signed_at": NOW}),
        ("suspended", False, {"signed_at": NOW, "suspended_at": NOW}),
    )
]
FORM = {
    "typed": _Typed(),
    "purposes": (PurposeOfUse.TREATMENT, PurposeOfUse.PAYMENT),
    "categories": tuple(RecordCategory),
    "channels": tuple(Channel),
}
PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/supervision/breaches": (
        "breaches",
        {"office": SUPERVISOR, "breaches": (DEALT_WITH, BEGUN)},
    ),
    "/supervision/breaches/none": ("breaches", {"office": SUPERVISOR, "breaches": ()}),
    "/supervision/breaches/new": (
        "breach_new",
        {
            "office": SUPERVISOR,
            "typed": _Typed(),
            "suspects": tuple(Suspect),
            "words": ("kinds", "cause", "harm", "measures", "advice", "contact"),
            "moments": ("since", "until", "known_at"),
            "problem": "words",
        },
    ),
    "/supervision/breaches/one": (
        "breach",
        {
            "office": SUPERVISOR,
            "one": DEALT_WITH,
            "seen": SEEN,
            "lengths": (30, 90),
            "codes": tuple(Code),
            "problem": "",
            "done": "notify",
        },
    ),
    "/supervision/breaches/begun": (
        "breach",
        {
            "office": SUPERVISOR,
            "one": BEGUN,
            "seen": None,
            "lengths": (30, 90),
            "codes": tuple(Code),
            "problem": "words",
            "done": "",
        },
    ),
    "/supervision/transfers": (
        "transfers",
        {"office": SUPERVISOR, "parties": [NOBODY, PARTY]},
    ),
    "/supervision/transfers/none": ("transfers", {"office": SUPERVISOR, "parties": []}),
    "/supervision/transfers/one": (
        "transfer",
        FORM
        | {
            "office": SUPERVISOR,
            "party": PARTY,
            "editions": EDITIONS,
            "problem": "words",
            "done": "",
        },
    ),
    "/supervision/transfers/new": (
        "transfer",
        FORM
        | {
            "office": SUPERVISOR,
            "party": NOBODY,
            "editions": [],
            "problem": "",
            "done": "proposed",
        },
    ),
    "/supervision/protected": ("protected", PROTECTING),
    "/supervision/protected/asked": (
        "protected",
        PROTECTING | {"standing": Standing(1, 0), "done": "asked"},
    ),
    "/supervision/protected/again": (
        "protected",
        PROTECTING | {"problem": "nothing-asked"},
    ),
    "/supervision/seals": (
        "seals",
        {"office": SUPERVISOR, "orders": (IN_FORCE, ASKED, LIFTED)},
    ),
    "/supervision/seals/none": ("seals", {"office": SUPERVISOR, "orders": ()}),
    "/supervision/seals/new": ("seal_new", TYPING),
    "/supervision/seals/again": ("seal_new", TYPING | {"problem": "numbers"}),
    "/supervision/seals/one": ("seal", SHOWING | {"one": IN_FORCE, "done": "placed"}),
    "/supervision/seals/asked": ("seal", SHOWING | {"one": ASKED, "lookers": LOOKERS}),
    "/supervision/seals/lifted": (
        "seal",
        SHOWING | {"one": LIFTED, "lookers": (), "problem": "not-to-lift"},
    ),
}

TOLD = [
    BreachNotice(
        4711,
        NOW,
        Statement(
            breach_id=BREACH.breach_id,
            kinds=WHAT.kinds,
            cause=WHAT.cause,
            harm=WHAT.harm,
            measures=WHAT.measures,
            advice=WHAT.advice,
            contact=WHAT.contact,
        ),
    )
]
