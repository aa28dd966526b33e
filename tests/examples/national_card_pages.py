"""The national health card on the phone, on invented values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from openhealthcode.healthcode import picture
from openhealthcode.portal.resident.views import CodeView

NOW = datetime.now(UTC).replace(microsecond=0)
NUMBER = "00AC2A34ED12B44CCE3ADF0089B370C1C3DEB0EC7E8144EB1E422B8FF74CC176"
TIME = "5745A5F1280D1F7850282BC928B9F370"


def _shown(text: str, form: str) -> dict[str, object]:
    view = CodeView(
        svg=Markup(picture.draw(text)), issued_at=NOW, lifetime_seconds=60, refresh_seconds=50
    )
    return {"problem": "", "shown": view, "form": form, "ends": NOW + timedelta(days=7), "days": 7}


_NONE: dict[str, object] = {"shown": None, "problem": "", "days": 7}
RESIDENT: dict[str, tuple[str, dict[str, object]]] = {
    "/national-card": ("national_card", _shown(f"{NUMBER}:0:{TIME}", "dynamic")),
    "/national-card/static": ("national_card", _shown(f"{NUMBER}:1", "static")),
    "/national-card/temporary": ("national_card", _shown(f"{NUMBER}:9", "temporary")),
    "/national-card/off": ("national_card", _NONE),
    "/national-card/none": (
        "national_card",
        _NONE | {"problem": "national-card-no-certificate"},
    ),
    "/national-card/taken": ("national_card", _NONE | {"problem": "conflict"}),
}
"""Every state of the page."""
