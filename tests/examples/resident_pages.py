"""The resident's pages on invented values, so that they can be looked at without a database.

``app()`` answers every page in every state worth seeing; the tests of the pages and the pictures
drawn of them share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from examples import (
    national_card_pages,
    offline_code_pages,
    paper_pages,
    passkey_pages,
    presence_pages,
    record_pages,
    representation_pages,
    restriction_pages,
    rights_pages,
    sharing_pages,
    use_pages,
)
from examples.rights_pages import LOG_VIEW
from openhealthcode.access.telling import About, NoticeChoice
from openhealthcode.access.telling.model import Told
from openhealthcode.consent import ConsentKind, EmergencyScope, Manner, Notice, Showing, Terms
from openhealthcode.consent.showing import OPENED
from openhealthcode.healthcode import picture
from openhealthcode.portal import layout
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.resident import views
from openhealthcode.portal.resident.entries import by_year
from openhealthcode.portal.resident.notice import notice_of
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.reports import ReportView
from openhealthcode.registry import (
    Institution,
    InstitutionKind,
    Practitioner,
    PractitionerRole,
)
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory
from openhealthcode.standards.ids import RepresentationId, ResidentId

NOW = datetime.now(UTC).replace(microsecond=0)
WANG = views.PersonView(
    name="王敏",
    title="医生",
    department="心内科",
    institution="黛川县人民医院",
    staff_number="0217",
)
ZHAO = views.PersonView(
    name="赵启航", title="急诊医生", department="急诊科", institution="黛川市中心医院"
)
CHEN = views.PersonView(name="陈立", title="药师", institution="南桥社区药房")
LONG = views.PersonView(
    name="阿卜杜热合曼·麦麦提吐尔逊·买买提伊明",
    title="副主任医师",
    department="心血管内科冠心病介入治疗与心脏康复联合门诊",
    institution="新疆维吾尔自治区喀什地区黛川县人民医院（黛川县紧密型医共体总医院）",
    staff_number="6501-0000-0217",
)
HOSTILE = views.PersonView(
    name="<script>alert(1)</script>\u202eevil",
    title="<b>x</b>",
    department='"><img src=x>',
    institution="';--\u2066 <style>*{display:none}</style>",
)


def _item(
    category: RecordCategory, title: str, detail: str, when: str, source: str = "黛川县人民医院"
):
    return views.ItemView(
        title=title,
        detail=detail,
        when=when,
        source=source,
        category=category,
        entry_id=UUID(int=9),
        mark="changed" if when == "2003" else "",
    )


C = RecordCategory
ITEMS = {
    C.ALLERGIES: [
        _item(C.ALLERGIES, "青霉素", "皮疹", "2019-04-02"),
        _item(C.ALLERGIES, "花生", "喉头水肿", "2003", "黛川市中心医院"),
    ],
    C.MEDICATION: [
        _item(C.MEDICATION, "缬沙坦 80 mg", "每日 1 次", "2026-06-03"),
        _item(C.MEDICATION, "阿托伐他汀 20 mg", "每晚 1 次", "2026-06-03"),
        _item(C.MEDICATION, "二甲双胍 0.5 g", "每日 2 次，随餐", "2026-06-03"),
        _item(C.MEDICATION, "阿司匹林肠溶片 100 mg", "每日 1 次", "2025-11-20"),
    ],
    C.LABORATORY: [
        _item(
            C.LABORATORY,
            name,
            value,
            f"202{6 - i // 8}-0{9 - i % 8}-18",
            "黛川市中心医院" if i % 3 else "黛川县人民医院",
        )
        for i, (name, value) in enumerate(
            [
                ("低密度脂蛋白胆固醇", "1.7 mmol/L"),
                ("总胆固醇", "3.6 mmol/L"),
                ("甘油三酯", "1.4 mmol/L"),
                ("糖化血红蛋白", "6.8 %"),
                ("肌酐", "71 μmol/L"),
            ]
            * 5
        )
    ][:23],
    C.ENCOUNTERS: [
        _item(C.ENCOUNTERS, f"{kind}门诊", note, f"202{6 - i // 6}-{12 - i % 6:02d}-03")
        for i, (kind, note) in enumerate(
            [
                ("心内科", "血压 138/84，继续现方，三月后复查"),
                ("内分泌科", "空腹血糖 7.1"),
                ("中医科", ""),
            ]
            * 4
        )
    ],
}
TOLD = Notice(
    "v1",
    "zh-CN",
    (
        "谁可以看：黛川县人民医院 心内科 王敏。",
        "为什么：为您看病和治疗（就诊）。",
        "多久：由您选择，最多 4 小时，到期自动结束。",
    ),
)
ALREADY = [_item(C.IMMUNISATIONS, "流感疫苗", "", "2025-10-12")]
REQUEST = views.RequestView(
    request_id=UUID(int=7),
    person=WANG,
    purpose=PurposeOfUse.TREATMENT,
    scene=Scene.CONSULTATION,
    asked_at=NOW - timedelta(minutes=1),
    answer_by=NOW + timedelta(minutes=9),
    categories=(
        *(views.CategoryView(category=c, items=tuple(items)) for c, items in ITEMS.items()),
        views.CategoryView(category=C.FAMILY_HISTORY, items=(), is_chosen=False),
    ),
    lifetimes_hours=(1, 4),
    chosen_hours=4,
    previewed_number=286,
    told=TOLD,
    open_already=(views.CategoryView(category=C.IMMUNISATIONS, items=tuple(ALREADY)),),
)
PROPOSED = replace(
    REQUEST,
    person=views.PersonView(name="黛川县人民医院", institution=""),
    is_system=True,
    answer_by=NOW + timedelta(days=3),
)
DOOR = views.OpenDoorView(
    consent_id=UUID(int=3),
    person=WANG,
    purpose=PurposeOfUse.TREATMENT,
    categories=(C.ALLERGIES, C.MEDICATION, C.LABORATORY),
    is_override=False,
    granted_at=NOW,
    end_at=NOW + timedelta(hours=4),
)
OVERRIDE = replace(DOOR, consent_id=UUID(int=4), person=ZHAO, is_override=True)
PEOPLE = (
    views.LookView(
        number=287,
        at=NOW,
        sentence="consent",
        person=WANG,
        scene=Scene.CONSULTATION,
        count=41,
        times=3,
        has_items=True,
        withdrawable=UUID(int=3),
        because="practitioner-allowed",
        may_ask=True,
    ),
    views.LookView(
        number=251,
        at=NOW - timedelta(days=20),
        sentence="override",
        person=ZHAO,
        count=9,
        reason="昏迷，分诊 1 级",
        is_override=True,
        has_items=True,
    ),
    views.LookView(
        number=240,
        at=NOW - timedelta(days=25),
        sentence="consent",
        person=CHEN,
        scene=Scene.DISPENSING,
        count=6,
        has_items=True,
        may_ask=True,
    ),
    views.LookView(
        number=180,
        at=NOW - timedelta(days=300),
        sentence="refused",
        person=CHEN,
        because="other-recipient",
    ),
    views.LookView(number=9, at=NOW - timedelta(days=900), sentence="identified", person=LONG),
)
MACHINE = (
    views.LookView(number=12, at=NOW, sentence="filed", person=WANG, count=12),
    views.LookView(number=11, at=NOW, sentence="read", person=ZHAO, count=1),
)
OWN = (views.LookView(number=13, at=NOW, sentence="own-view", person=None),)
LOOKS = views.LooksView(people=PEOPLE, own=OWN, machine=MACHINE, lines=19, older="/looked?before=9")
REPORTS = tuple(
    ReportView(
        case_id=UUID(int=400 + place),
        line=240 - place,
        person=person,
        asked_at=NOW - timedelta(days=3 + place),
        state=state,
        due_at=NOW + timedelta(days=9),
        followed=followed,
        words=said,
        answered_at=NOW - timedelta(hours=5) if said else None,
        may_contest=state == "explained",
    )
    for place, (person, state, followed, said) in enumerate(
        [
            (CHEN, "asked", "", ""),
            (ZHAO, "unjustified", "suspension", "该员工不在接诊科室，没有接诊记录。"),
            (LONG, "explained", "", "当日多学科会诊，病历中有会诊记录，申请单由主管医师开出。"),
            (WANG, "late", "", ""),
            (CHEN, "contested", "", ""),
        ]
    )
)
ASKED = {240: REPORTS[0], 180: REPORTS[1]}
NOTICES = {
    "chosen": NoticeChoice(),
    "abouts": tuple(About),
    "hours": tuple(range(24)),
    "is_kept": False,
}
SHOWING = {
    "chosen": Showing.CONSENT,
    "showings": tuple(Showing),
    "scenes": tuple((scene, sorted(opened)) for scene, opened in OPENED.items()),
    "notice": Notice("showing-v1", "zh-CN", ("给谁：您用手机扫过窗口码的那家机构。",) * 6),
    "is_kept": True,
}
ME = views.MeView(
    name="李春兰",
    emergency=EmergencyScope.EMERGENCY_SET,
    has_pin=True,
    phone="139****5678",
    open_doors=(DOOR, OVERRIDE),
    devices=(
        views.DeviceView(
            device_id=UUID(int=1), signed_in_at=NOW, verified_at=NOW, is_this_one=True
        ),
        views.DeviceView(
            device_id=UUID(int=2),
            signed_in_at=NOW - timedelta(days=40),
            verified_at=NOW - timedelta(days=3),
            is_this_one=False,
        ),
    ),
)
RECEIPT = views.ReceiptView(
    person=WANG,
    consent_id=UUID(int=3),
    was_allowed=True,
    allowed=REQUEST.categories[:3],
    withheld=(C.ENCOUNTERS,),
    end_at=NOW + timedelta(hours=4),
    with_what_is_added=False,
    log_number=288,
)


def _record(items: list[views.ItemView], chosen: RecordCategory | None = None) -> views.RecordView:
    return views.RecordView(
        total=len(items),
        counts=tuple((c, len(lines)) for c, lines in ITEMS.items()) if items else (),
        chosen=chosen,
        years=by_year(items, date(1959, 3, 8)),
        older="/record?older=1" if items else "",
        found=len(items),
        all_years=("2026", "2025"),
        is_child=True,
    )


HOSPITAL = Institution(
    institution_id=UUID(int=70),
    kind=InstitutionKind.TERTIARY_HOSPITAL,
    name="黛川市第一人民医院",
    name_en="First People’s Hospital of Daichuan",
    division_code="",
    credit_code=None,
    is_active=True,
)
STAFF = Practitioner(
    practitioner_id=UUID(int=71),
    institution_id=HOSPITAL.institution_id,
    name="王敏",
    name_en="Wang Min",
    staff_number="0217",
    role=PractitionerRole.DOCTOR,
    department="心内科",
    title="副主任医师",
    is_active=True,
)
STANDING = views.StandingView(
    consent_id=UUID(int=72),
    institution_id=HOSPITAL.institution_id,
    person=WANG,
    kind=ConsentKind.FAMILY_DOCTOR,
    categories=(C.ALLERGIES, C.CONDITIONS, C.MEDICATION, C.LABORATORY, C.VITAL_SIGNS),
    sensitive=(),
    may_keep=True,
    end_at=NOW + timedelta(days=365),
    is_in_force=True,
)
FORM = views.StandingFormView(
    institution_id=HOSPITAL.institution_id,
    institution=HOSPITAL,
    departments=("内科", "心内科"),
    staff=(STAFF,),
    kinds=(ConsentKind.STANDING, ConsentKind.FAMILY_DOCTOR),
    categories=tuple(C),
    chosen=frozenset({"allergies", "medication"}),
    durations_days=views.DURATIONS_DAYS,
)
TERMS = Terms(
    kind=ConsentKind.FAMILY_DOCTOR,
    institution_id=HOSPITAL.institution_id,
    practitioner_id=STAFF.practitioner_id,
    categories=frozenset({C.ALLERGIES, C.CONDITIONS, C.MEDICATION}),
    manner=Manner.KEEP,
    days=365,
)


def _told(terms: Terms) -> Notice:
    practitioners = {STAFF.practitioner_id: STAFF}
    institutions = {HOSPITAL.institution_id: HOSPITAL}
    return notice_of(terms, Acquaintances(practitioners, institutions, layout.Language.CHINESE))


EVERYTHING = [item for items in ITEMS.values() for item in items]


def _code() -> views.CodeView:
    return views.CodeView(
        svg=Markup(picture.draw("85" + "1234567890" * 8 + "123")),
        issued_at=NOW,
        lifetime_seconds=60,
        refresh_seconds=50,
    )


def _pages() -> Mapping[str, tuple[str, dict[str, object]]]:
    code = {"name": "李春兰", "shown": _code(), "waiting": (), "doors": (), "last": None}
    code |= {"shows_doors": True, "kept": None}
    sign_in = {
        "values": {"number": "", "name": "", "phone": ""},
        "problems": {"number": "", "name": "", "phone": "", "form": ""},
    }
    wrong = {
        "values": {"number": "88010519590308002", "name": "", "phone": "139"},
        "problems": {
            "number": "number-length",
            "name": "name",
            "phone": "phone",
            "form": "too-many",
        },
    }
    return {
        "/sign-in": ("sign_in", sign_in),
        "/sign-in/wrong": ("sign_in", wrong),
        "/sms": ("sms", {"phone": "139****5678", "problem": ""}),
        "/sms/wrong": ("sms", {"phone": "139****5678", "problem": "wrong"}),
        "/counter": (
            "counter",
            {"expired": False, "number": "482913", "valid_until": NOW + timedelta(minutes=30)},
        ),
        "/counter/expired": ("counter", {"expired": True}),
        "/": ("code", code | {"last": views.LastGivenView(at=NOW, person=WANG)}),
        "/busy": ("code", code | {"doors": (DOOR, OVERRIDE), "waiting": (REQUEST,)}),
        "/new": ("code", code),
        "/request": ("request", {"asked": REQUEST, "notice": ""}),
        "/request/system": ("request", {"asked": PROPOSED, "notice": ""}),
        "/request/long": (
            "request",
            {
                "asked": replace(REQUEST, person=LONG),
                "notice": "changed",
            },
        ),
        "/request/over": ("request_over", {"request_id": UUID(int=7)}),
        "/confirm": (
            "confirm",
            {
                "phone": "139****5678",
                "request_id": UUID(int=7),
                "choice": [("category", "allergies"), ("answer", "allow")],
                "problem": "",
                "passkey": "",
                "count": 41,
            },
        ),
        "/receipt": ("receipt", {"receipt": RECEIPT, "file": "/requests/7/receipt/file"}),
        "/receipt/over": (
            "receipt",
            {"receipt": replace(RECEIPT, consent_id=None), "file": ""},
        ),
        "/receipt/refused": (
            "receipt",
            {
                "receipt": replace(RECEIPT, consent_id=None, was_allowed=False, allowed=()),
                "file": "",
            },
        ),
        "/record": ("record", {"record": _record(EVERYTHING)}),
        "/record/empty": ("record", {"record": _record([])}),
        "/record/found": (
            "record",
            {
                "record": replace(
                    _record([replace(item, mark="error") for item in EVERYTHING[:3]]),
                    query="gxy",
                    chosen_year="2026",
                    chosen=C.ALLERGIES,
                )
            },
        ),
        "/record/not-found": (
            "record",
            {"record": replace(_record([]), total=41, query="xyz", found=0)},
        ),
        "/looked": ("looked", {"looks": LOOKS, "notice": "", "checkable": True, "reports": ASKED}),
        "/notices": ("notices", NOTICES),
        "/notices/kept": (
            "notices",
            NOTICES
            | {
                "chosen": NoticeChoice(
                    About.DAILY,
                    told=(Told(RepresentationId(UUID(int=1)), ResidentId(UUID(int=2))),),
                ),
                "is_kept": True,
            },
        ),
        "/looked/reports": (
            "reports",
            {
                "reports": list(REPORTS),
                "asked": True,
                "problem": "",
                "about": None,
                "longest": 2000,
            },
        ),
        "/looked/reports/none": (
            "reports",
            {"reports": [], "asked": False, "problem": "", "about": None, "longest": 2000},
        ),
        "/looked/reports/problem": (
            "reports",
            {
                "reports": list(REPORTS),
                "asked": False,
                "problem": "words",
                "about": REPORTS[2].case_id,
                "longest": 2000,
            },
        ),
        "/looked/check": ("log_check", {"view": LOG_VIEW}),
        "/looked/withdrawn": (
            "looked",
            {"looks": LOOKS, "notice": "withdrawn", "checkable": True, "reports": {}},
        ),
        "/looked/altered": (
            "looked",
            {
                "looks": replace(LOOKS, people=(replace(PEOPLE[1], is_intact=False),)),
                "notice": "",
                "checkable": False,
                "reports": {},
            },
        ),
        "/looked/empty": (
            "looked",
            {
                "looks": views.LooksView(people=(), own=(), machine=(), lines=0),
                "notice": "",
                "checkable": False,
                "reports": {},
            },
        ),
        "/seen": (
            "seen",
            {
                "look": PEOPLE[0],
                "categories": REQUEST.categories[:4],
                "file": "/looked/7/receipt",
                "reference": "Ab+" * 21 + "=",
            },
        ),
        "/signed-out": ("signed_out", {}),
        "/showing": ("showing", SHOWING),
        "/me": ("me", {"me": ME}),
        "/me/nobody": ("me", {"me": replace(ME, open_doors=())}),
        "/consents": (
            "standing",
            {
                "consents": [
                    STANDING,
                    replace(
                        STANDING,
                        consent_id=UUID(int=73),
                        sensitive=(SensitiveCategory.MENTAL_HEALTH,),
                        is_in_force=False,
                    ),
                ],
                "notice": "given",
            },
        ),
        "/consents/none": ("standing", {"consents": [], "notice": ""}),
        "/consents/new": ("standing_where", {"text": "人民", "institutions": [HOSPITAL]}),
        "/consents/new/none": ("standing_where", {"text": "xyz", "institutions": []}),
        "/consents/form": ("standing_form", {"form": FORM}),
        "/consents/form/instead": (
            "standing_form",
            {
                "form": replace(
                    FORM,
                    instead=UUID(int=72),
                    who="department:心内科",
                    may_keep=True,
                    kind=ConsentKind.FAMILY_DOCTOR,
                )
            },
        ),
        "/consents/form/wrong": ("standing_form", {"form": replace(FORM, problem="too-long")}),
        "/consents/review": (
            "standing_review",
            {
                "told": _told(TERMS),
                "kept": [("days", "365")],
                "is_sensitive": False,
                "replaces": True,
            },
        ),
        "/consents/review/sensitive": (
            "standing_review",
            {
                "told": _told(
                    replace(TERMS, sensitive=frozenset({SensitiveCategory.MENTAL_HEALTH}))
                ),
                "kept": [],
                "is_sensitive": True,
                "replaces": False,
            },
        ),
        "/consents/sensitive": (
            "standing_sensitive",
            {
                "consent_id": UUID(int=72),
                "person": WANG,
                "kinds": tuple(SensitiveCategory),
                "problem": "nothing",
            },
        ),
        "/consents/notice": (
            "standing_notice",
            {"kept": _told(TERMS), "granted_at": NOW},
        ),
        **national_card_pages.RESIDENT,
        **passkey_pages.RESIDENT,
        **offline_code_pages.RESIDENT,
        **paper_pages.RESIDENT,
        **presence_pages.RESIDENT,
        **presence_pages.PADS,
        **record_pages.RESIDENT,
        **representation_pages.RESIDENT,
        **restriction_pages.RESIDENT,
        **rights_pages.RESIDENT,
        **sharing_pages.RESIDENT,
        **use_pages.RESIDENT,
        "/record/acting": (
            "record",
            {"record": _record(EVERYTHING), "acting": representation_pages.YOUTH},
        ),
        "/code/acting": (
            "code",
            code | {"acting": representation_pages.ELDER, "shows_doors": False},
        ),
        "/hostile": ("request", {"asked": replace(REQUEST, person=HOSTILE), "notice": ""}),
        "/hostile/code": (
            "code",
            code
            | {
                "name": HOSTILE.name,
                "waiting": (replace(REQUEST, person=HOSTILE),),
                "doors": (replace(DOOR, person=HOSTILE),),
            },
        ),
        "/hostile/looked": (
            "looked",
            {
                "looks": replace(
                    LOOKS,
                    people=(
                        replace(PEOPLE[0], person=HOSTILE),
                        replace(PEOPLE[1], person=HOSTILE, reason=HOSTILE.name),
                    ),
                ),
                "notice": "",
                "checkable": False,
                "reports": {},
            },
        ),
    }


PATHS = tuple(_pages())


def app() -> Starlette:
    """Every page under its path; ``/code`` and ``/waiting`` answer parts, ``/live`` is silent."""

    async def page(request: Request) -> Response:
        template, values = _pages()[request.url.path]
        folder = "" if "/" in template else "resident/"
        return layout.render(request, f"{folder}{template.removesuffix('.html')}.html", **values)

    async def code(request: Request) -> Response:
        return layout.render(request, "resident/code_part.html", shown=_code())

    async def waiting(request: Request) -> Response:
        if request.headers.get("referer", "").endswith("?sheet"):
            return layout.render(request, "resident/request_part.html", asked=REQUEST, notice="")
        return Response(status_code=204)

    async def live(_: Request) -> Response:
        return Response(status_code=204)

    parts = [("/code", code), ("/waiting", waiting), ("/live", live)]
    return Starlette(
        routes=[
            *routes(),
            *(layout.page_route(path, endpoint) for path, endpoint in parts),
            *(layout.page_route(path, page) for path in PATHS),
        ]
    )
