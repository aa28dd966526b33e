"""Representation (代办): who may act for a resident, in what, until when; and the end of a life.

Guardians of minors, helpers a resident appoints, close relatives of the deceased. ``rules.mandate``
says from the facts and the moment what somebody may do; birthdays and end dates need nobody to act.
Names and birth dates are read by ``access``, which also makes every act carry both persons.
Start with ``rules``.
"""

from openhealthcode.representation.approval import (
    LONGEST_APPROVAL_DAYS,
    LONGEST_REASON,
    Approval,
    ApprovalNeeded,
    Approver,
    approval_for,
    approvals,
    approve,
    asks_for_approval,
    end_approval,
    require_approvals,
)
from openhealthcode.representation.model import (
    LONGEST_DAYS,
    PROOFS,
    Facts,
    GuardianNeeded,
    Mandate,
    Power,
    Proof,
    Representation,
    RepresentationKind,
    RepresentationOver,
    RepresentationUnsuitable,
    Wishes,
)
from openhealthcode.representation.rules import (
    ADULT_AT,
    CONSENTS_ALONE_AT,
    age_on,
    check,
    end_of,
    is_minor,
    mandate,
    needs_guardian,
)
from openhealthcode.representation.store import (
    add,
    add_death,
    add_wishes,
    death_registered_as,
    died,
    held_by,
    keep_from_guardians,
    representation,
    representations,
    revoke,
    take_death_back,
    wishes,
)

# fmt: off
__all__ = [
    "ADULT_AT", "CONSENTS_ALONE_AT", "LONGEST_APPROVAL_DAYS", "LONGEST_DAYS", "LONGEST_REASON",
    "PROOFS", "Approval", "ApprovalNeeded", "Approver", "Facts", "GuardianNeeded", "Mandate",
    "Power", "Proof", "Representation", "RepresentationKind", "RepresentationOver",
    "RepresentationUnsuitable", "Wishes", "add", "add_death", "add_wishes", "age_on",
    "approval_for", "approvals", "approve", "asks_for_approval", "check", "death_registered_as", "died", "end_approval", "end_of",
    "held_by", "is_minor", "keep_from_guardians", "mandate", "needs_guardian", "representation", "representations",
    "require_approvals", "revoke", "take_death_back", "wishes",
]
