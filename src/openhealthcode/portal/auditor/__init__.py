"""Pages of the auditor: every check to be run unaided, the region's figures, rules and flows; nothing to change."""

from openhealthcode.portal.auditor.routes import routes

__all__ = ["routes"]
