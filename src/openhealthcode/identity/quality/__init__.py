"""The data-quality gate (数据质量): what is doubtful about a registration, and what is done about it.

``examine`` is asked at every registration; what it finds is told to whoever registers, set aside
for a registrar if the rule says so, and counted for the institution (``note``, ``report``). The
rules are data: ``rules.toml``. Start with ``rules``.
"""

from openhealthcode.identity.quality.gate import (
    count_up,
    examine,
    holder_of,
    is_much_used,
    note,
    note_many,
    report,
    trusted,
)
from openhealthcode.identity.quality.model import (
    Effect,
    InstitutionQuality,
    Occasion,
    QualityRule,
    QualityRules,
    RegistrationDoubtful,
    RuleCount,
)
from openhealthcode.identity.quality.rule_set import QualityRulesMalformed, in_force
from openhealthcode.identity.quality.rules import is_set_aside, told

__all__ = [
    "Effect",
    "InstitutionQuality",
    "Occasion",
    "QualityRule",
    "QualityRules",
    "QualityRulesMalformed",
    "RegistrationDoubtful",
    "RuleCount",
    "count_up",
    "examine",
    "holder_of",
    "in_force",
    "is_much_used",
    "is_set_aside",
    "note",
    "note_many",
    "report",
    "told",
    "trusted",
]
