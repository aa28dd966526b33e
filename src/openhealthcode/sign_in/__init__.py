"""Signing in: residents by SMS code or passkey, staff by password or passkey, systems by assertion.

Three packages, one for each kind of caller: ``sign_in.residents`` (start, confirm, await_binding,
session …), ``sign_in.staff`` (sign_in, session, passkeys, accounts) and ``sign_in.systems``
(issue_token, access). A ``token`` is what the browser or client keeps; nothing here stores one.
Here are the values they answer with. Start with ``residents.start``.
"""

from openhealthcode.sign_in import limits
from openhealthcode.sign_in.hashing import hashed, matches
from openhealthcode.sign_in.model import (
    AccessToken,
    AccountUnsuitable,
    Attempt,
    Audience,
    BindingProof,
    BindingUnknown,
    CodeOver,
    LockedForNow,
    MessageNotSent,
    NeedsBinding,
    PasskeyRefused,
    PendingBinding,
    ResidentSession,
    Role,
    Scope,
    SessionSummary,
    SignedIn,
    SignedOut,
    SignInRefused,
    StaffSession,
    StaffSignedIn,
    Subject,
    SystemAccess,
    TooManyCodes,
    WrongCode,
)
from openhealthcode.sign_in.outbox import (
    CodePurpose,
    Message,
    Outbox,
    assisted_notice,
    breach_notice,
    card_notice,
    contact_notice,
    duty_notice,
    link_notice,
    look_notice,
    looks_notice,
    merge_notice,
    outdated_notice,
    override_notice,
    phone_notice,
    pin_notice,
    proposal_notice,
    report_notice,
    seal_notice,
    taken_back_notice,
    unmerge_notice,
    unseal_notice,
)
from openhealthcode.sign_in.passkey import RelyingParty
from openhealthcode.sign_in.purge import purge
from openhealthcode.sign_in.sms_gateway import SmsGateway

# fmt: off
__all__ = [
    "AccessToken", "AccountUnsuitable", "Attempt", "Audience", "BindingProof", "BindingUnknown",
    "CodeOver", "CodePurpose", "LockedForNow", "Message", "MessageNotSent", "NeedsBinding",
    "Outbox", "PasskeyRefused", "PendingBinding", "RelyingParty", "ResidentSession", "Role", "Scope",
    "SessionSummary", "SignInRefused", "SignedIn", "SignedOut", "SmsGateway", "StaffSession",
    "StaffSignedIn", "Subject", "SystemAccess", "TooManyCodes", "WrongCode", "assisted_notice",
    "breach_notice", "card_notice", "contact_notice", "duty_notice", "hashed", "limits", "link_notice", "look_notice", "looks_notice",
    "matches", "merge_notice", "outdated_notice", "override_notice", "phone_notice",
    "pin_notice", "proposal_notice", "purge", "report_notice", "seal_notice", "taken_back_notice",
    "unmerge_notice", "unseal_notice",
]
