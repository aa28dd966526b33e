"""What is printed: the record, the card, the temporary code; PDFs with text, tags and their font.

Each kind has a template (``*.typ``) here; what stands in it, the pages say. Start with ``pdf``.
"""

from openhealthcode.portal.paper.number import copy_number
from openhealthcode.portal.paper.pdf import (
    NotPrinted,
    Printed,
    PrintingNotInstalled,
    is_installed,
    typeset,
)

__all__ = [
    "NotPrinted",
    "Printed",
    "PrintingNotInstalled",
    "copy_number",
    "is_installed",
    "typeset",
]
