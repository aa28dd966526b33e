"""Institutions, practitioners and institutions' systems: who may ask, and under which name.

Everything here is public within the region: residents read these names in their log. Entries are
registered under a stable key of their source, so that registering again finds the same entry.
Those another system merely mentions are recorded as ``EXTERNAL`` and can never sign in. Start
with ``register``; reads (``institution``, ``practitioners`` …) are kept for some seconds.
"""

from openhealthcode.registry.entries import (
    LONGEST_STALENESS_SECONDS,
    institution,
    institutions,
    practitioner,
    practitioners,
    system,
)
from openhealthcode.registry.find import (
    institution_by_key,
    institutions_named,
    practitioner_by_key,
    staff,
    systems_of,
)
from openhealthcode.registry.model import (
    Institution,
    InstitutionEntry,
    InstitutionKind,
    Practitioner,
    PractitionerEntry,
    PractitionerRole,
    System,
    SystemEntry,
    UnsuitableKeySet,
)
from openhealthcode.registry.register import (
    register_institution,
    register_practitioner,
    register_system,
)
from openhealthcode.registry.suspend import (
    suspend_institution,
    suspend_practitioner,
    suspend_system,
)

# fmt: off
__all__ = [
    "LONGEST_STALENESS_SECONDS", "Institution", "InstitutionEntry", "InstitutionKind",
    "Practitioner", "PractitionerEntry", "PractitionerRole", "System", "SystemEntry",
    "UnsuitableKeySet", "institution", "institution_by_key", "institutions",
    "institutions_named", "practitioner",
    "practitioner_by_key", "practitioners", "register_institution", "register_practitioner",
    "register_system", "staff", "suspend_institution", "suspend_practitioner", "suspend_system", "system",
    "systems_of",
]
