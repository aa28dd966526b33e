"""What the pages of closed matters look like, with invented lives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from examples.protection_pages import SEALED, TOLD
from openhealthcode.portal.resident import views
from openhealthcode.portal.resident.entries import CATEGORIES
from openhealthcode.portal.resident.restriction_views import (
    ClosableView,
    RestrictionFormView,
    RestrictionView,
)
from openhealthcode.portal.reviewer.office import SUPERVISOR
from openhealthcode.portal.reviewer.views import DecisionView
from openhealthcode.registry import (
    Institution,
    InstitutionKind,
    Practitioner,
    PractitionerRole,
)
from openhealthcode.standards import RecordCategory, Scene, SensitiveCategory
from openhealthcode.standards.ids import InstitutionId, PractitionerId

C = RecordCategory
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
HOSTILE = "<i>x</i>\u202eA very long name that goes on and on 黛川市第一人民医院集团"
HOSPITAL = Institution(
    InstitutionId(UUID(int=601)),
    InstitutionKind.SECONDARY_HOSPITAL,
    "黛川县人民医院",
    "Daichuan County People’s Hospital",
    "510000",
    None,
    is_active=True,
)
CHEN = Practitioner(
    PractitionerId(UUID(int=602)),
    HOSPITAL.institution_id,
    "陈静",
    "",
    "0318",
    PractitionerRole.DOCTOR,
    "心内科",
    "主治医师",
    is_active=True,
)


def _restriction(serial: int, **more: object) -> RestrictionView:
    base: dict[str, object] = {
        "consent_id": UUID(int=serial),
        "person": None,
        "institution_kind": None,
        "is_everything": False,
        "categories": (C.FAMILY_HISTORY, C.SOCIAL_HISTORY),
        "sensitive": (),
        "in_emergencies": True,
        "since": NOW - timedelta(days=40),
    }
    return RestrictionView(**(base | more))


RESTRICTIONS = [
    _restriction(611),
    _restriction(
        612,
        person=views.PersonView(
            name="陈静", title="主治医师", institution="黛川县人民医院", department="心内科"
        ),
        is_everything=True,
        categories=CATEGORIES,
        in_emergencies=False,
    ),
    _restriction(
        613,
        institution_kind=InstitutionKind.PHARMACY,
        categories=(C.CLAIMS,),
        sensitive=(SensitiveCategory.MENTAL_HEALTH, SensitiveCategory.REPRODUCTIVE),
    ),
    _restriction(614, person=views.PersonView(name=HOSTILE, institution="")),
]
FORM = RestrictionFormView(
    institution=None,
    departments=(),
    staff=(),
    institution_kinds=(InstitutionKind.TERTIARY_HOSPITAL, InstitutionKind.PHARMACY),
    categories=CATEGORIES,
    kinds=tuple(SensitiveCategory),
)
NAMED = RestrictionFormView(
    institution=HOSPITAL,
    departments=("内科", "心内科"),
    staff=(CHEN,),
    institution_kinds=(),
    categories=CATEGORIES,
    kinds=tuple(SensitiveCategory),
    problem="nothing",
)


def _closable(serial: int, title: str, category: C, when: str, source: str = "") -> ClosableView:
    item = views.ItemView(title=title, when=when, source=source, category=category)
    return ClosableView(UUID(int=serial), item)


ENTRIES = {
    "hidden": (_closable(621, "人工流产术后复查", C.ENCOUNTERS, "2019-05-06", "黛川县人民医院"),),
    "lines": [
        (
            C.MEDICATION,
            (
                _closable(
                    622, "硝苯地平控释片 30 mg 每日一次", C.MEDICATION, "2026-10-02", "青石镇卫生院"
                ),
                _closable(623, HOSTILE, C.MEDICATION, "2019", HOSTILE),
            ),
        ),
        (C.ALLERGIES, (_closable(624, "青霉素", C.ALLERGIES, ""),)),
    ],
}
DECISION = DecisionView(
    person="王敏",
    staff_number="0217",
    department="心内科",
    institution="黛川县人民医院",
    is_system=False,
    at=NOW,
    purpose="TREAT",
    scene=Scene.CONSULTATION,
    because="institution-allowed",
    entries=41,
    is_intact=True,
)
ALTERED = DecisionView(
    person="",
    staff_number="",
    department="",
    institution=HOSTILE,
    is_system=True,
    at=NOW,
    purpose="",
    scene=None,
    because="",
    entries=0,
    is_intact=False,
)
RESIDENT: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/restrictions": (
        "restrictions",
        {"restrictions": RESTRICTIONS, "hidden": 2, "done": "opened", "seals": SEALED},
    ),
    "/leaks": ("leaks", {"told": TOLD}),
    "/leaks/none": ("leaks", {"told": []}),
    "/restrictions/none": (
        "restrictions",
        {"restrictions": [], "hidden": 0, "done": "", "seals": []},
    ),
    "/restrictions/new": ("restriction_form", {"form": FORM}),
    "/restrictions/new/there": ("restriction_form", {"form": NAMED}),
    "/restrictions/where": ("restriction_where", {"text": "人民", "institutions": [HOSPITAL]}),
    "/restrictions/where/none": ("restriction_where", {"text": "xyz", "institutions": []}),
    "/restrictions/entries": ("restriction_entries", ENTRIES),
    "/restrictions/entries/none": ("restriction_entries", {"hidden": (), "lines": []}),
}
SUPERVISION: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/supervision/decisions": (
        "reviewer/decision",
        {"office": SUPERVISOR, "decision": None, "problem": "unknown"},
    ),
    "/supervision/decisions/one": (
        "reviewer/decision",
        {"office": SUPERVISOR, "decision": DECISION, "problem": ""},
    ),
    "/supervision/decisions/altered": (
        "reviewer/decision",
        {"office": SUPERVISOR, "decision": ALTERED, "problem": ""},
    ),
}
