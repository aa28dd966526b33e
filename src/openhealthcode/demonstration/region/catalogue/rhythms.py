"""How often and by which way a drug is given, in a prescription's words and as FHIR has it."""

from __future__ import annotations

from typing import Final

from openhealthcode.demonstration.region.catalogue.model import Json, Rhythm


def _timing(code: str, text: str, **repeat: object) -> Json:
    return {"repeat": repeat, "code": {"coding": _abbreviation(code), "text": text}}


def _abbreviation(code: str) -> list[Json]:
    system = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
    return [{"system": system, "code": code}]


def _daily(code: str, text: str, times: int) -> Rhythm:
    timing = _timing(code, text, frequency=times, period=1, periodUnit="d")
    return Rhythm(text, timing, as_needed=False)


def _at(text: str, moment: str) -> Rhythm:
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "when": [moment]}
    return Rhythm(text, {"repeat": repeat, "code": {"text": text}}, as_needed=False)


def _every(code: str, text: str, period: int, unit: str) -> Rhythm:
    timing = _timing(code, text, frequency=1, period=period, periodUnit=unit)
    return Rhythm(text, timing, as_needed=False)


RHYTHMS: Final = {
    "QD": _daily("QD", "每日1次", 1),
    "BID": _daily("BID", "每日2次", 2),
    "TID": _daily("TID", "每日3次", 3),
    "QID": _daily("QID", "每日4次", 4),
    "QN": _at("每晚1次", "HS"),
    "QM": _at("每晨1次", "MORN"),
    "QOD": _every("QOD", "隔日1次", 2, "d"),
    "QW": _every("WK", "每周1次", 1, "wk"),
    "PRN": Rhythm("必要时", None, as_needed=True),
    "ONCE": Rhythm("单次", {"repeat": {"count": 1}, "code": {"text": "单次"}}, as_needed=False),
}

ROUTES: Final = {
    "oral": "口服",
    "subcutaneous": "皮下注射",
    "infusion": "静脉滴注",
    "inhaled": "吸入",
    "rectal": "直肠给药",
    "wound": "伤口浸润注射",
    "topical": "外用",
    "intramuscular": "肌内注射",
    "intradermal": "皮内注射",
    "nasal": "喷鼻",
    "eye": "滴眼",
    "vaginal": "阴道给药",
    "sublingual": "舌下含服",
}

UCUM_OF: Final = {
    "mg": "mg", "g": "g", "ug": "ug", "mL": "mL", "U": "[iU]", "IU": "[iU]",
    "AxaIU": "[iU]", "万U": "10*4.[iU]", "片": "{tablet}", "袋": "{bag}", "吸": "{puff}",
    "滴": "[drp]", "丸": "{pill}", "粒": "{pill}", "剂": "{dose}", "分": "{score}",
}  # fmt: skip
"""UCUM codes of the units doses are written in; Chinese counting words become annotations."""

UNIT_TEXT: Final = {"ug": "μg"}
"""Units that are printed otherwise than keyed."""
