"""Pages for the review of overrides: the privacy officer's queue, the supervisor's list, figures.

Both offices share their pages; ``office`` says what differs. Start with ``queue``.
"""

from openhealthcode.portal.reviewer.routes import routes

__all__ = ["routes"]
