"""How a child grows: its measurements beside the WHO Child Growth Standards.

Start with ``compare.py``; ``standard.csv`` holds the standard and says where it comes from.
"""

from openhealthcode.record.growth.compare import growth_of
from openhealthcode.record.growth.model import Curve, Growth, Measured, Measurement
from openhealthcode.record.growth.standard import LAST_MONTH, centile_at, value_at

__all__ = [
    "LAST_MONTH",
    "Curve",
    "Growth",
    "Measured",
    "Measurement",
    "centile_at",
    "growth_of",
    "value_at",
]
