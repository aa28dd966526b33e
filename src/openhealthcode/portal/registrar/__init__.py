"""The registrar's pages: see the card, compare, bind the phone.

The clerk types the number the phone shows, compares a masked name and card number with the person
at the counter, and says what was seen. Start with ``binding``.
"""

from openhealthcode.portal.registrar.routes import routes

__all__ = ["routes"]
