"""The clinician's pages: sign in, scan, ask, wait, read, and the emergency that does not wait.

Everything that decides in the first ten seconds of a visit stands above the fold of the record.
``routes`` is all that the portal needs; ``views`` says what each page shows.
"""

from openhealthcode.portal.clinic.routes import routes

__all__ = ["routes"]
