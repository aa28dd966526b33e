"""Where others meet the region's code: certified terminals, insurers, payments, other regions.

Start with ``routes`` (what a terminal calls), ``partners`` (what the region calls) and ``regions``
(both, between regions). The rules live in ``access.uses`` and ``access.elsewhere``; here is only how
each side writes it.
"""

from openhealthcode.gateway.partners import HttpPartners
from openhealthcode.gateway.regions import HttpRegions
from openhealthcode.gateway.routes import is_answered_here, routes

__all__ = ["HttpPartners", "HttpRegions", "is_answered_here", "routes"]
