"""The evaluation pack: what an outside evaluator is handed, made from what is loaded and stored.

Start with ``pack.write``. Check-lists lie in ``checklists``; whatever they say is answered names a test
or a document, and a test of ours holds them to it.
"""

from openhealthcode.supervision.evidence.checklists_read import checklists
from openhealthcode.supervision.evidence.model import Answer, Checklist, Item
from openhealthcode.supervision.evidence.pack import write

__all__ = ["Answer", "Checklist", "Item", "checklists", "write"]
