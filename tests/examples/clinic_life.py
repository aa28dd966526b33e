"""The life of 李春兰 as FHIR resources: long enough to fill a record page, and made up.

What the clinic's pages are looked at with. Every value is invented.
"""

from __future__ import annotations

from openhealthcode.portal.clinic.timeline import Shown
from openhealthcode.standards import RecordCategory as C

COUNTY, CITY, COMMUNITY = "黛川县人民医院", "黛川市中心医院", "南桥社区卫生服务中心"


def _coded(code, system="http://loinc.org", text=""):
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def lab(code, value, unit, day, low=None, high=None, source=COUNTY, text=""):
    limits = {name: {"value": v, "unit": unit} for name, v in (("low", low), ("high", high)) if v}
    return Shown(
        {
            "resourceType": "Observation",
            "status": "final",
            "category": [_coded("laboratory", "")],
            "code": _coded(code, text=text),
            "effectiveDateTime": day,
            "valueQuantity": {"value": value, "unit": unit},
            "referenceRange": [limits] if limits else [],
        },
        C.LABORATORY,
        source,
    )


def panel(code, day, source=COUNTY):
    return Shown(
        {
            "resourceType": "DiagnosticReport",
            "status": "final",
            "code": _coded(code),
            "effectiveDateTime": day,
        },
        C.LABORATORY,
        source,
    )


def pressure(high, low, day, source=COMMUNITY):
    def part(code, value):
        return {"code": _coded(code), "valueQuantity": {"value": value, "unit": "mm[Hg]"}}

    return Shown(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": _coded("85354-9"),
            "effectiveDateTime": day,
            "component": [part("8480-6", high), part("8462-4", low)],
            "referenceRange": [{"high": {"value": 140}}],
        },
        C.VITAL_SIGNS,
        source,
    )


def medicine(name, dose, unit, times, day, when=(), category=C.MEDICATION, source=COUNTY):
    return Shown(
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "authoredOn": day,
            "medicationCodeableConcept": {"text": name},
            "requester": {"display": "王敏"},
            "dosageInstruction": [
                {
                    "timing": {
                        "repeat": {
                            "frequency": times,
                            "period": 1,
                            "periodUnit": "d",
                            "when": list(when),
                        }
                    },
                    "doseAndRate": [{"doseQuantity": {"value": dose, "unit": unit}}],
                }
            ],
        },
        category,
        source,
    )


def problem(name, since, source=COUNTY, status="active"):
    return Shown(
        {
            "resourceType": "Condition",
            "clinicalStatus": _coded(status, ""),
            "category": [_coded("problem-list-item", "")],
            "code": {"text": name},
            "onsetDateTime": since,
        },
        C.CONDITIONS,
        source,
    )


def vaccine(name, day, dose=None, source=COMMUNITY):
    protocol = [{"doseNumberPositiveInt": dose}] if dose else []
    return Shown(
        {
            "resourceType": "Immunization",
            "status": "completed",
            "vaccineCode": {"text": name},
            "occurrenceDateTime": day,
            "protocolApplied": protocol,
            "lotNumber": "20261007A",
        },
        C.IMMUNISATIONS,
        source,
    )


def visit(name, day, reason, source=COUNTY, by="王敏", category=C.ENCOUNTERS):
    return Shown(
        {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"code": "AMB"},
            "type": [{"text": name}],
            "period": {"start": day},
            "reasonCode": [{"text": reason}],
            "participant": [{"individual": {"display": by}}],
        },
        category,
        source,
    )


def allergy(name, reaction, criticality, day, source=COUNTY):
    return Shown(
        {
            "resourceType": "AllergyIntolerance",
            "criticality": criticality,
            "code": {"text": name},
            "reaction": [{"manifestation": [{"text": reaction}]}],
            "recordedDate": day,
        },
        C.ALLERGIES,
        source,
    )


_LDL = [
    (4.1, "2024-03-12"), (3.9, "2024-08-02"), (3.4, "2025-01-10"), (2.8, "2025-05-20"),
    (2.3, "2025-10-11"), (1.9, "2026-03-05"), (1.7, "2026-09-18"),
]  # fmt: skip
_A1C = [
    (7.9, "2024-03-12"),
    (7.4, "2024-08-02"),
    (7.0, "2025-05-20"),
    (6.8, "2026-03-05"),
    (7.3, "2026-09-18"),
]
_PRESSURE = [
    (158, 94, "2024-03-12"), (150, 90, "2024-08-02"), (146, 88, "2025-01-10"), (142, 86, "2025-05-20"),
    (139, 84, "2025-10-11"), (136, 82, "2026-03-05"), (138, 84, "2026-06-03"), (134, 80, "2026-09-18"),
]  # fmt: skip


def life():
    """About sixty entries over six decades."""
    return [
        allergy("青霉素", "皮疹", "high", "2019-04-02"),
        allergy("花生", "喉头水肿", "high", "2003", CITY),
        allergy("磺胺类", "轻度皮疹", "low", "2011-06-01", COMMUNITY),
        problem("高血压 2 级（高危）", "2014-05"),
        problem("2 型糖尿病", "2018-03"),
        problem("混合型高脂血症", "2020-11"),
        problem("左膝骨关节炎", "2022-09", COMMUNITY),
        problem("社区获得性肺炎", "2021-12-08", CITY, "resolved"),
        medicine("缬沙坦胶囊", 80, "mg", 1, "2026-06-03", ("MORN",)),
        medicine("阿托伐他汀钙片", 20, "mg", 1, "2026-06-03", ("HS",)),
        medicine("盐酸二甲双胍缓释片", 0.5, "g", 2, "2026-06-03", ("PC",)),
        medicine("阿司匹林肠溶片", 100, "mg", 1, "2026-06-03"),
        medicine("达格列净片", 10, "mg", 1, "2026-09-18"),
        *(lab("22748-8", value, "mmol/L", day, high=3.4, source=CITY) for value, day in _LDL),
        *(lab("4548-4", value, "%", day, 4.0, 6.5, CITY) for value, day in _A1C),
        *(pressure(*values) for values in _PRESSURE),
        lab("14749-6", 8.1, "mmol/L", "2026-09-18", 3.9, 6.1, CITY),
        lab("14749-6", 7.2, "mmol/L", "2026-03-05", 3.9, 6.1, CITY),
        lab("14682-9", 78, "umol/L", "2026-09-18", 41, 81, CITY),
        lab("14682-9", 71, "umol/L", "2025-10-11", 41, 81, CITY),
        lab("14682-9", 69, "umol/L", "2024-08-02", 41, 81, CITY),
        lab("77147-7", 72, "mL/min/{1.73_m2}", "2026-09-18", 90, None, CITY),
        lab("77147-7", 80, "mL/min/{1.73_m2}", "2025-10-11", 90, None, CITY),
        lab("14647-2", 3.6, "mmol/L", "2026-09-18", high=5.2, source=CITY),
        lab("14927-8", 1.4, "mmol/L", "2026-09-18", high=1.7, source=CITY),
        lab("2823-3", 4.2, "mmol/L", "2026-09-18", 3.5, 5.3, CITY),
        lab("1742-6", 22, "U/L", "2026-09-18", 7, 40, CITY),
        lab("718-7", 131, "g/L", "2026-03-05", 115, 150, CITY),
        panel("24331-1", "2026-09-18", CITY),
        panel("24323-8", "2026-09-18", CITY),
        visit("心内科门诊", "2026-09-18", "高血压复诊，血糖控制欠佳，加用达格列净"),
        visit("心内科门诊", "2026-06-03", "血压 138/84，继续现方，三月后复查"),
        visit("中医门诊", "2025-11-20", "胸痹，痰浊闭阻证，瓜蒌薤白半夏汤加减 7 剂", COMMUNITY, "林月"),
        visit("呼吸内科住院 9 天", "2021-12-08", "社区获得性肺炎", CITY, "周岚"),
        visit("内分泌科门诊", "2018-03-21", "新诊断 2 型糖尿病", COUNTY, "贺长青"),
        vaccine("流感疫苗（四价）", "2026-10-09"),
        vaccine("流感疫苗（四价）", "2025-10-09"),
        vaccine("23 价肺炎球菌疫苗", "2024-11-02"),
        vaccine("带状疱疹疫苗", "2024-05-02", 2),
        vaccine("带状疱疹疫苗", "2024-03-02", 1),
        Shown({"resourceType": "Procedure", "status": "completed", "code": {"text": "胆囊切除术（腹腔镜）"}, "performedDateTime": "2009-07-14"}, C.PROCEDURES, CITY),
        Shown({"resourceType": "Procedure", "status": "completed", "code": {"text": "左膝关节镜"}, "performedDateTime": "2022-10-08"}, C.PROCEDURES, COUNTY),
        Shown({"resourceType": "ImagingStudy", "started": "2026-09-18", "description": "颈动脉超声", "numberOfInstances": 12}, C.IMAGING, CITY),
        Shown({"resourceType": "FamilyMemberHistory", "status": "completed", "relationship": {"coding": [{"code": "FTH"}]}, "condition": [{"code": {"text": "脑梗死"}, "onsetAge": {"value": 61, "code": "a"}}]}, C.FAMILY_HISTORY, COUNTY),
        Shown({"resourceType": "Observation", "status": "final", "code": _coded("882-1"), "valueCodeableConcept": {"text": "A 型，Rh 阳性"}, "effectiveDateTime": "2009-07-13"}, C.BLOOD_TYPE, CITY),
    ]  # fmt: skip


def long_life():
    """Everything at once: many medicines, endless names, hostile text, hundreds of results."""
    names = [
        "复方甘草酸苷片",
        "阿莫西林克拉维酸钾分散片",
        "重组人胰岛素注射液（预混",
        "30/70）",
        "硝苯地平控释片",
    ]
    shown = life()
    shown += [
        medicine(f"{names[i % 4]} {i}", 1.25 * i, "mg", 1 + i % 4, "2026-08-01", ("PC", "HS"))
        for i in range(1, 15)
    ]
    shown += [
        allergy(f"造影剂碘{'海醇' * i}", "过敏性休克，意识丧失，喉头水肿", "high", "2020")
        for i in range(1, 6)
    ]
    shown += [
        problem("慢性阻塞性肺疾病急性加重期伴Ⅱ型呼吸衰竭及肺源性心脏病失代偿期", "2016"),
        problem("<img src=x onerror=alert(1)>\u202eذ", "2017"),
    ]
    shown += [
        lab("718-7", 110 + (i * 7) % 40, "g/L", f"20{10 + i // 12:02}-{1 + i % 12:02}-15", 115, 150)
        for i in range(180)
    ]
    shown += [vaccine(f"疫苗 {i}", f"20{i:02}-01-01") for i in range(10, 24)]
    return shown
