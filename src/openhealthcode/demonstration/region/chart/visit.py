"""One contact between a resident and an institution: FHIR Encounter.

What is written during a visit points back to it and carries the day, the institution and, where
the resource has a place for them, the practitioner.
"""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from typing import Final

from openhealthcode.demonstration.region.catalogue import Json
from openhealthcode.demonstration.region.catalogue.tables import LOCAL_SYSTEM
from openhealthcode.demonstration.region.chart.record import (
    Problem,
    Record,
    institution_reference,
    practitioner_reference,
)
from openhealthcode.demonstration.region.institutions import INSTITUTION_SYSTEM
from openhealthcode.demonstration.region.model import SyntheticPractitioner

_ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASSES: Final = {
    "AMB": "门诊",
    "EMER": "急诊",
    "IMP": "住院",
    "HH": "家庭",
    "FLD": "现场",
}
_KINDS: Final = {
    "outpatient": ("AMB", "{department}门诊"),
    "review": ("AMB", "{department}门诊"),
    "emergency": ("EMER", "急诊"),
    "ambulance": ("FLD", "院前急救"),
    "inpatient": ("IMP", "{department}住院"),
    "follow-up": ("AMB", "家庭医生随访"),
    "home-visit": ("HH", "家庭访视"),
    "check-up": ("AMB", "健康体检"),
    "elderly-check-up": ("AMB", "老年人健康体检"),
    "school-check-up": ("FLD", "学生健康体检"),
    "vaccination": ("AMB", "预防接种"),
    "child-health": ("AMB", "儿童健康检查"),
    "prenatal": ("AMB", "产前检查"),
    "postnatal": ("AMB", "产后42天检查"),
    "birth": ("IMP", "新生儿出生"),
    "opening": ("AMB", "建立居民健康档案"),
    "screening": ("AMB", "{department}筛查"),
}
"""Kind of visit → Encounter class and what the visit is called."""

_CODES: Final = {"review": "outpatient"}

_FASTING: Final = frozenset(
    {"review", "follow-up", "check-up", "elderly-check-up", "opening", "prenatal", "postnatal"}
)
"""Kinds of visit people come to without breakfast, for the blood."""

_MORNING: Final = (8 * 60 + 5, 11 * 60 + 20)
_AFTERNOON: Final = (14 * 60, 16 * 60 + 30)


class Visit:
    """A visit being written; its day never lies after the record's last day."""

    def __init__(
        self,
        record: Record,
        day: date,
        doctor: SyntheticPractitioner,
        kind: str,
        *,
        nights: int = 0,
        sensitivity: str = "",
        after: Visit | None = None,
    ) -> None:
        """Open the Encounter.

        A vaccination leaves no Encounter: its Immunization says all there is.

        Args:
            nights: of a stay; the Encounter stays open when it lasts beyond the last day.
            sensitivity: v3-ActCode its source labels all entries of the visit with.
            after: the visit of the same day that led here, an ambulance or emergency.
        """
        self.record, self.day, self.doctor = record, day, doctor
        self.kind, self.nights, self.sensitivity = kind, nights, sensitivity
        self.institution = record.directory.institutions[doctor.institution]
        self.minutes: int = min(after.minutes + 55, 1420) if after else self._start()
        class_, name = _KINDS[kind]
        self.resource: Json = {
            "resourceType": "Encounter",
            "meta": self.meta(),
            "status": "finished",
            "class": {"system": _ACT, "code": class_, "display": _CLASSES[class_]},
            "type": [
                {
                    "coding": [
                        {"system": LOCAL_SYSTEM + "encounter-type", "code": _CODES.get(kind, kind)}
                    ],
                    "text": name.format(department=doctor.department.removesuffix("门诊")),
                }
            ],
            "serviceType": {"text": doctor.department},
            "subject": record.subject,
            "participant": [{"individual": practitioner_reference(doctor)}],
            "period": self._period(),
            "serviceProvider": institution_reference(self.institution),
        }
        if "end" not in self.resource["period"]:
            self.resource["status"] = "in-progress"
        self.url = record.add(self.resource) if kind != "vaccination" else ""

    def _start(self) -> int:
        rng = self.record.rng
        if self.kind in ("emergency", "ambulance", "birth"):
            return rng.randrange(24 * 60)
        in_the_morning = self.kind in _FASTING or rng.random() < 0.65
        return rng.randrange(*(_MORNING if in_the_morning else _AFTERNOON))

    def _period(self) -> Json:
        period = {"start": self.moment()}
        if self.nights and self.day + timedelta(days=self.nights) > self.record.last_day:
            if self.record.person.death is None:
                return period
            self.nights = (self.record.last_day - self.day).days
        if self.nights:
            period["end"] = _moment(self.day + timedelta(days=self.nights), 10 * 60 + 30)
        else:
            period["end"] = self.moment(self.record.rng.randrange(12, 45))
        return period

    def meta(self) -> Json:
        """Which institution an entry comes from, and its label if its source gave it one."""
        meta: Json = {"source": f"{INSTITUTION_SYSTEM}/{self.institution.key}"}
        if self.sensitivity:
            meta["security"] = [{"system": _ACT, "code": self.sensitivity}]
        return meta

    def moment(self, minutes: int = 0, days: int = 0) -> str:
        """A moment of the visit in China's time, so many minutes after its start."""
        return _moment(self.day + timedelta(days=days), min(self.minutes + minutes, 1439))

    def has_come(self, days: int) -> bool:
        """Whether the day so many days into a stay has come; somebody may still lie there."""
        return not days or self.day + timedelta(days=days) <= self.record.last_day

    @property
    def encounter(self) -> Json:
        """A reference to this visit."""
        return {"reference": self.url}

    @property
    def author(self) -> Json:
        """A reference to the practitioner."""
        return practitioner_reference(self.doctor)

    @property
    def organization(self) -> Json:
        """A reference to the institution."""
        return institution_reference(self.institution)

    def complain(self, text: str) -> None:
        """Write down in words why the resident came."""
        self.resource.setdefault("reasonCode", []).append({"text": text})

    def concern(self, *problems: Problem) -> None:
        """Write down which known problems the visit is about."""
        for problem in problems:
            self.resource.setdefault("diagnosis", []).append(
                {
                    "condition": {
                        "reference": problem.url,
                        "display": problem.resource["code"]["text"],
                    }
                }
            )

    def note(self, text: str) -> None:
        """The clinician's note: one or a few sentences that belong to the visit as a whole."""
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text, quote=False)}</div>'
        self.resource["text"] = {"status": "additional", "div": div}

    def discharge(self, disposition: str) -> None:
        """How a stay ended, such as 医嘱离院."""
        self.resource["hospitalization"] = {"dischargeDisposition": {"text": disposition}}


def _moment(day: date, minutes: int) -> str:
    return f"{day.isoformat()}T{minutes // 60:02d}:{minutes % 60:02d}:00+08:00"
