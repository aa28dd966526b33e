"""Pages of the region's supervisors: figures, warnings, cases, traces, transfers, breaches.

The session and the frame are those of ``reviewer``; here is what only the region sees.
"""

from openhealthcode.portal.supervisor.routes import routes

__all__ = ["routes"]
