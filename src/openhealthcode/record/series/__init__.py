"""Results of one kind over time: only what can be compared stands in one line.

Start with ``gather.py``.
"""

from openhealthcode.record.series.gather import part_of, series_of
from openhealthcode.record.series.model import Place, Reading, Series

__all__ = ["Place", "Reading", "Series", "part_of", "series_of"]
