"""Traces of found files on invented values, to look at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from openhealthcode.access.affected import Affected
from openhealthcode.portal.reviewer.office import SUPERVISOR
from openhealthcode.portal.supervisor.traces import OnlookerView, OriginView, ScreenView, TraceView
from openhealthcode.standards import RecordCategory
from openhealthcode.supervision.tracing import Because, Form, Investigation, ScreenOrigin, Source
from openhealthcode.trust.marks import Shown

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
HOSTILE = "<b>x</b>\u202eA very long name that goes on and on"
DIGEST = bytes(range(32))


def told(entries: int) -> Investigation:
    return Investigation(Form.TABLE, DIGEST, (), 408, 20_000, entries, entries, ())


ORIGINS = tuple(
    OriginView(
        kind=kind, name=name, institution=place, made_at=NOW, form=form,
        source=Source(b"", because, 1580, 1632, 1e-40),
    )
    for kind, name, place, form, because in (
        ("system", "门诊系统", "黛川市中心医院", "table", Because.CANARY),
        ("practitioner", HOSTILE, HOSTILE, "lines", Because.MARKS),
        ("resident", "", "", "copy", Because.LABEL),
    )
)  # fmt: skip
ONLOOKERS = tuple(
    OnlookerView(
        kind=kind, name=name, institution="黛川市中心医院", shown=41 // (place + 1),
        first_at=NOW, latest_at=NOW, is_all=not place,
    )
    for place, (kind, name) in enumerate(
        (("system", "门诊系统"), ("practitioner", HOSTILE), ("resident", ""), ("link", ""))
    )
)  # fmt: skip
NAMED = TraceView(told=told(41), digest=DIGEST.hex(), origins=ORIGINS, onlookers=ONLOOKERS)
SCREEN = ScreenView(
    name="王敏 0217",
    institution="黛川县人民医院",
    told=ScreenOrigin(
        Shown(UUID(int=1), NOW, 316, 322, 1e-21),
        None,
        Affected(
            residents=1, looks=2, categories=(RecordCategory.LABORATORY, RecordCategory.ALLERGIES),
            with_identity=0, is_cut=False,
        ),
    ),
)  # fmt: skip
PICTURED = TraceView(told=told(0), digest=DIGEST.hex(), screen=SCREEN, origins=(), onlookers=())
NOT_OURS = TraceView(told=told(0), digest=DIGEST.hex(), origins=(), onlookers=())
ASKED: Mapping[str, object] = {
    "office": SUPERVISOR, "trace": None, "problem": "", "most_megabytes": 19,
}  # fmt: skip

PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/supervision/traces": ("traces", ASKED),
    "/supervision/traces/named": ("traces", ASKED | {"trace": NAMED}),
    "/supervision/traces/screen": ("traces", ASKED | {"trace": PICTURED}),
    "/supervision/traces/not-ours": ("traces", ASKED | {"trace": NOT_OURS}),
    "/supervision/traces/too-large": ("traces", ASKED | {"problem": "too-large"}),
}
