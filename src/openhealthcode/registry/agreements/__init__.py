"""Sharing agreements between handlers (共享协议), as every transfer asks them.

Start with ``agreed.agreed_categories``; who proposes, signs and stops them is ``supervision``'s.
"""

from openhealthcode.registry.agreements.agreed import (
    Agreement,
    Channel,
    TransferNotAgreed,
    Volume,
    agreed_categories,
    agreements,
    count_transfers,
    forget_agreements,
    is_agreed,
    party_of_institution,
    party_of_partner,
    party_of_region,
    propose_agreement,
    require_agreements,
    sign_agreement,
    suspend_agreement,
    volumes,
)

# fmt: off
__all__ = [
    "Agreement", "Channel", "TransferNotAgreed", "Volume", "agreed_categories", "agreements",
    "count_transfers", "forget_agreements", "is_agreed", "party_of_institution",
    "party_of_partner", "party_of_region", "propose_agreement", "require_agreements",
    "sign_agreement", "suspend_agreement", "volumes",
]
