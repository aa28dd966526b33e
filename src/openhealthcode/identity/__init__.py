"""The resident master index (居民主索引): which certificate, name and phone belong to whom.

``resolve`` answers ``Known``, ``New``, ``Closed`` or ``Review`` in a transaction opened with
``transaction(pool, lookup=lookup_keys(keys, registration.certificates))``; ``add_certificates``,
``enrol`` or ``set_aside`` follows in the same transaction, and ``RegisteredMeanwhile`` means: start
over. ``matching`` finds who is meant where no certificate tells, ``linking`` says which entries are one
person, ``review`` what waits for a registrar. Names, numbers and addresses leave only by
``identity.reading``. Start with ``rules``.
"""

from openhealthcode.identity.canary import canary_marks, mark_canary, names_canary
from openhealthcode.identity.claims import lookup_keys
from openhealthcode.identity.correct import correct
from openhealthcode.identity.emergency_contact import (
    MOST_CONTACTS,
    EmergencyContact,
    Relation,
    TooManyContacts,
    name_contact,
    remove_contact,
)
from openhealthcode.identity.enrol import add_certificates, enrol, set_aside, suspect
from openhealthcode.identity.find import find, find_all, find_named, name_agrees, was_delivered_by
from openhealthcode.identity.forget import forget
from openhealthcode.identity.linking import current_id, ids_of
from openhealthcode.identity.matching import Match, MatchGrade, index, search, unindex
from openhealthcode.identity.model import (
    AccountClosed,
    CertificateTaken,
    Closed,
    Demographics,
    Identifier,
    Known,
    Likeness,
    New,
    NotTheirCertificate,
    NumberDisagrees,
    PlaceholderPhone,
    RegisteredMeanwhile,
    Registration,
    RegistrationMalformed,
    Resolution,
    Review,
    ReviewReason,
    Source,
    Verification,
)
from openhealthcode.identity.newcomers import Newcomer, enrol_new, resembles
from openhealthcode.identity.phone import bind_phone, phone_is_bound, unbind, unbind_all
from openhealthcode.identity.resolve import reopen, resolve
from openhealthcode.identity.rules import check, normalise_name, warnings
from openhealthcode.identity.supersede import supersede

# fmt: off
__all__ = [
    "MOST_CONTACTS",
    "AccountClosed",
    "CertificateTaken",
    "Closed",
    "Demographics",
    "EmergencyContact",
    "Identifier",
    "Known",
    "Likeness",
    "Match",
    "MatchGrade",
    "New",
    "Newcomer",
    "NotTheirCertificate",
    "NumberDisagrees",
    "PlaceholderPhone",
    "RegisteredMeanwhile",
    "Registration",
    "RegistrationMalformed",
    "Relation",
    "Resolution",
    "Review",
    "ReviewReason",
    "Source",
    "TooManyContacts",
    "Verification",
    "add_certificates",
    "bind_phone",
    "canary_marks",
    "check",
    "correct",
    "current_id",
    "enrol",
    "enrol_new",
    "find",
    "find_all",
    "find_named",
    "forget",
    "ids_of",
    "index",
    "lookup_keys",
    "mark_canary",
    "name_agrees",
    "name_contact",
    "names_canary",
    "normalise_name",
    "phone_is_bound",
    "remove_contact",
    "reopen",
    "resembles",
    "resolve",
    "search",
    "set_aside",
    "supersede",
    "suspect",
    "unbind",
    "unbind_all",
    "unindex",
    "warnings",
    "was_delivered_by",
]
