"""Sharing agreements between handlers: proposed by one supervisor, signed by another, stopped by any.

What every transfer asks lies in ``registry.agreements``; here is who may change it, and the list of
everything that leaves: systems, partners, regions, each with its agreement, volumes and last use.
"""

from openhealthcode.supervision.agreements.keeping import (
    NotToSign,
    PartyStanding,
    propose,
    sign,
    suspend,
    transfers,
)

__all__ = ["NotToSign", "PartyStanding", "propose", "sign", "suspend", "transfers"]
