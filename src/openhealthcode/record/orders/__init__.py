"""Orders: whether a test was done elsewhere already, whether a medicine goes with the others.

Pure: resources in, findings out. ``examinations.toml`` says how long a result holds; ``medicines.toml`` what an allergy speaks against.
"""

from openhealthcode.record.orders.examinations import EXAMINATIONS, Examination
from openhealthcode.record.orders.mark import NATIONWIDE, RECOGNITION, is_recognised, marks_of
from openhealthcode.record.orders.medicines import COMPARED_TYPES, compare_medicines
from openhealthcode.record.orders.model import (
    ExaminationOrder,
    Finding,
    FindingKind,
    Known,
    MedicineOrder,
    Order,
)
from openhealthcode.record.orders.read import is_same_order, order_of
from openhealthcode.record.orders.results import RESULT_TYPES, compare_results
from openhealthcode.record.plain.repeat import EXPLANATION, REASONS, REPEAT_REASON, reason_name

__all__ = [
    "COMPARED_TYPES",
    "EXAMINATIONS",
    "EXPLANATION",
    "NATIONWIDE",
    "REASONS",
    "RECOGNITION",
    "REPEAT_REASON",
    "RESULT_TYPES",
    "Examination",
    "ExaminationOrder",
    "Finding",
    "FindingKind",
    "Known",
    "MedicineOrder",
    "Order",
    "compare_medicines",
    "compare_results",
    "is_recognised",
    "is_same_order",
    "marks_of",
    "order_of",
    "reason_name",
]
