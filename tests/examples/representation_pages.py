"""Pages of who acts for whom on invented values, of the resident and of the counter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from openhealthcode.access import AtCounter, Standing
from openhealthcode.portal.registrar import representation as desk
from openhealthcode.portal.resident import representatives
from openhealthcode.portal.resident.acting import ActingView
from openhealthcode.portal.resident.entries import CATEGORIES
from openhealthcode.portal.resident.representatives import RepresentativeView
from openhealthcode.portal.reviewer import minors
from openhealthcode.portal.reviewer.minors import ApprovalView, ToApprove
from openhealthcode.portal.reviewer.office import OFFICER
from openhealthcode.representation import (
    Mandate,
    Power,
    Proof,
    Representation,
    RepresentationKind,
    Wishes,
)
from openhealthcode.standards.ids import RepresentationId

NOW = datetime.now(UTC)
ALL = frozenset(Power) - {Power.CLOSING}
HOMES = [
    (Power.VISITS, "/"),
    (Power.RECORD, "/record"),
    (Power.LOG, "/looked"),
    (Power.CONSENTS, "/consents"),
    (Power.RIGHTS, "/rights"),
    (Power.EMERGENCY, "/emergency"),
]
CHILD = ActingView("张小", RepresentationKind.GUARDIAN, ALL, date(2031, 5, 6), "1")
YOUTH = ActingView(
    "张中", RepresentationKind.GUARDIAN, frozenset({Power.RECORD}), date(2029, 2, 1), "2"
)
ELDER = ActingView(
    "李秀英",
    RepresentationKind.HELPER,
    frozenset({Power.VISITS, Power.RECORD}),
    date(2026, 12, 31),
    "3",
)
DEAD = ActingView(
    "阿卜杜热依木·买买提依明",
    RepresentationKind.RELATIVE,
    frozenset({Power.RECORD, Power.RIGHTS, Power.CLOSING}),
    date(2027, 1, 31),
    "4",
)
STANDING = [
    RepresentativeView(
        RepresentationId(UUID(int=1)),
        RepresentationKind.HELPER,
        "张敏",
        "880102********0022",
        (Power.VISITS, Power.RECORD),
        date(2026, 12, 31),
        Proof.OWN_PHONE,
    ),
    RepresentativeView(
        RepresentationId(UUID(int=2)),
        RepresentationKind.GUARDIAN,
        "<b>古丽</b>·阿卜杜热依木",
        "880102********0049",
        tuple(Power),
        None,
        Proof.BIRTH_CERTIFICATE,
    ),
]
OWN: dict[str, object] = {
    "standing": STANDING,
    "is_adult": True,
    "is_youth": False,
    "wishes": Wishes(),
    "kinds": representatives.CHOOSABLE,
    "categories": CATEGORIES,
    "powers": representatives.HELPERS_POWERS,
    "days": representatives.DAYS,
    "typed": {},
    "chosen": [Power.VISITS],
    "notice": "",
    "problem": "",
}
RESIDENT: Mapping[str, tuple[str, dict[str, object]]] = {
    "/acting": (
        "acting",
        {
            "known": [(one, UUID(int=n)) for n, one in enumerate((CHILD, YOUTH, ELDER, DEAD))],
            "homes": [],
            "is_over": False,
        },
    ),
    "/acting/nobody": ("acting", {"known": [], "homes": [], "is_over": True}),
    "/acting/child": (
        "acting",
        {"acting": CHILD, "known": [], "homes": HOMES, "is_over": False},
    ),
    "/acting/dead": (
        "acting",
        {
            "acting": DEAD,
            "known": [],
            "homes": [
                (Power.RECORD, "/record"),
                (Power.RIGHTS, "/rights"),
                (Power.CLOSING, "/rights/close"),
            ],
            "is_over": False,
        },
    ),
    "/representatives": ("representatives", OWN),
    "/representatives/none": ("representatives", OWN | {"standing": [], "notice": "revoked"}),
    "/representatives/wrong": (
        "representatives",
        OWN | {"problem": "number", "typed": {"name": "张敏", "number": "8801"}, "chosen": []},
    ),
    "/representatives/youth": (
        "representatives",
        OWN | {"is_adult": False, "is_youth": True, "standing": STANDING[1:]},
    ),
}


def _at_counter(place: int, kind: RepresentationKind, name: str) -> Standing:
    said = Representation(
        representation_id=RepresentationId(UUID(int=place)),
        kind=kind,
        name=name,
        masked_certificate="880102********0022",
        proof=Proof.BOTH_PRESENT,
        appointed_at=NOW,
        end_at=NOW + timedelta(days=30),
    )
    powers = frozenset({Power.VISITS, Power.RECORD})
    return Standing(said, Mandate(kind, powers, until=date(2026, 12, 31)), "A" * 64)


DESK: dict[str, object] = {
    "notice": "",
    "problem": "",
    "search_problem": "",
    "typed": {},
    "chosen": {},
    "found": None,
    "kinds": tuple(RepresentationKind),
    "powers": desk.POWERS,
    "days": desk.DAYS,
    "proofs": desk.AT_COUNTERS,
}
REGISTRAR: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/registrar/representation": ("representation", DESK | {"notice": "appointed"}),
    "/registrar/representation/found": (
        "representation",
        DESK
        | {
            "found": AtCounter(
                "李**",
                (
                    _at_counter(1, RepresentationKind.HELPER, "张敏"),
                    _at_counter(2, RepresentationKind.HELPER, "<b>古丽</b>·阿卜杜热依木"),
                ),
            )
        },
    ),
    "/registrar/representation/wrong": (
        "representation",
        DESK
        | {
            "problem": "proof",
            "search_problem": "number",
            "typed": {"number": "1", "name": "李", "other-number": "", "other-name": ""},
            "chosen": {"kind": ["guardian"], "power": [], "days": [], "proof": []},
        },
    ),
    "/registrar/death": (
        "death",
        {"notice": "done", "problem": "", "back_problem": "", "typed": {}},
    ),
    "/registrar/death/wrong": (
        "death",
        {
            "notice": "",
            "problem": "day",
            "back_problem": "",
            "typed": {"number": "1", "name": "李", "day": "2027-01-01"},
        },
    ),
}

MINORS: dict[str, object] = {
    "office": OFFICER,
    "is_required": True,
    "approvals": [
        ApprovalView(UUID(int=5), "王敏", "钱主任", "儿科门诊", NOW + timedelta(days=30)),
        ApprovalView(
            UUID(int=6), "<b>古丽</b>·阿卜杜热依木", "钱主任", "接种", NOW + timedelta(days=3)
        ),
    ],
    "colleagues": [
        ToApprove(UUID(int=7), "王敏", "儿科"),
        ToApprove(UUID(int=8), "李强"),
        ToApprove(UUID(int=9), "院内信息系统", is_system=True),
    ],
    "days": minors.DAYS,
    "longest_reason": 200,
    "notice": "approved",
    "problem": "",
    "reason": "",
}
REVIEWER: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/review/minors": ("reviewer/minors", MINORS),
    "/review/minors/wrong": (
        "reviewer/minors",
        MINORS | {"notice": "", "problem": "reason", "approvals": [], "is_required": False},
    ),
}
