"""Pages for residents without a phone, on the clinic's device: the card, the PIN pad, the helper.

The clinician is signed in; what the resident does there proves itself. Start with ``answer``.
"""

from openhealthcode.portal.pad.routes import routes

__all__ = ["routes"]
