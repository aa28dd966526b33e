"""One code, several uses (一码多用): care, settlement, payment, emergency, each by its own terminals.

Start with ``resolve``, which answers a terminal; ``switching`` is how residents let insurers and
payment services take part. What those are told of a resident no two of them can join.
"""

from openhealthcode.access.uses.model import (
    BeyondRole,
    Customer,
    NotGiven,
    Overridden,
    PartnerRefused,
    Partners,
    PartnerToken,
    PartnerUnavailable,
    Resolved,
    Site,
    Switch,
    Treated,
    UseLine,
    Wanted,
)
from openhealthcode.access.uses.own import own_uses
from openhealthcode.access.uses.resolve import resolve
from openhealthcode.access.uses.switching import (
    NOTICE_VERSION,
    forget_bindings,
    switch_off,
    switch_on,
    switches,
)

__all__ = [
    "NOTICE_VERSION",
    "BeyondRole",
    "Customer",
    "NotGiven",
    "Overridden",
    "PartnerRefused",
    "PartnerToken",
    "PartnerUnavailable",
    "Partners",
    "Resolved",
    "Site",
    "Switch",
    "Treated",
    "UseLine",
    "Wanted",
    "forget_bindings",
    "own_uses",
    "resolve",
    "switch_off",
    "switch_on",
    "switches",
]
