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
    systems_by_institution,
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
from openhealthcode.registry.partners import (
    Joining,
    Partner,
    PartnerEntry,
    partner,
    partners,
    register_partner,
    suspend_partner,
)
from openhealthcode.registry.regions import (
    Region,
    UnknownRegion,
    admit_region,
    region_of_division,
    region_of_number,
    regions,
    suspend_region,
)
from openhealthcode.registry.register import (
    register_institution,
    register_practitioner,
    register_system,
)
from openhealthcode.registry.suspend import (
    restore_practitioner,
    suspend_institution,
    suspend_practitioner,
    suspend_system,
    suspended_since,
)
from openhealthcode.registry.terminals import (
    Terminal,
    TerminalEntry,
    certify_terminal,
    suspend_terminal,
    terminal,
    terminals,
)

# fmt: off
__all__ = [
    "LONGEST_STALENESS_SECONDS",
    "Institution",
    "InstitutionEntry",
    "InstitutionKind",
    "Joining",
    "Partner",
    "PartnerEntry",
    "Practitioner",
    "PractitionerEntry",
    "PractitionerRole",
    "Region",
    "System",
    "SystemEntry",
    "Terminal",
    "TerminalEntry",
    "UnknownRegion",
    "UnsuitableKeySet",
    "admit_region",
    "certify_terminal",
    "institution",
    "institution_by_key",
    "institutions",
    "institutions_named",
    "partner",
    "partners",
    "practitioner",
    "practitioner_by_key",
    "practitioners",
    "region_of_division",
    "region_of_number",
    "regions",
    "register_institution",
    "register_partner",
    "register_practitioner",
    "register_system",
    "restore_practitioner",
    "staff",
    "suspend_institution",
    "suspend_partner",
    "suspend_practitioner",
    "suspend_region",
    "suspend_system",
    "suspend_terminal",
    "suspended_since",
    "system",
    "systems_by_institution", "systems_of",
    "terminal",
    "terminals",
]
