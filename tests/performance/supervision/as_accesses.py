"""From the words of the made-up month to what the early warning sees; the only file that knows both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from insiders.duty import Glance
from insiders.month import Month

from openhealthcode.audit import Action
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.warning import (
    Access,
    AccountState,
    Evidence,
    Relation,
    Trouble,
)

MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""The first midnight of the month, in China: 2 March 2026, a Monday."""

ACTIONS = {
    "reads": Action.RECORD_DISCLOSE,
    "prints": Action.RECORD_COPY,
    "overrides": Action.BREAK_GLASS,
    "finds": Action.RESIDENT_IDENTIFY,
}
SCENES = {
    "desk": Scene.REGISTRATION,
    "clinic": Scene.CONSULTATION,
    "ward": Scene.INPATIENT,
    "lab": Scene.EXAMINATION,
    "pharmacy": Scene.DISPENSING,
    "jab": Scene.VACCINATION,
    "call": Scene.FOLLOW_UP,
    "er": Scene.EMERGENCY,
}
PURPOSES = {
    "care": PurposeOfUse.TREATMENT,
    "emergency": PurposeOfUse.EMERGENCY,
    "programme": PurposeOfUse.PUBLIC_HEALTH,
    "billing": PurposeOfUse.PAYMENT,
}
PROOFS = {
    "code": Evidence.CODE,
    "visit": Evidence.VISIT,
    "order": Evidence.ORDER,
    "referral": Evidence.REFERRAL,
    "contract": Evidence.CONTRACT,
    "task": Evidence.TASK,
    "broad consent": Evidence.WIDE_CONSENT,
}
CONNECTIONS = {
    "own": Relation.SELF,
    "kin": Relation.FAMILY,
    "roof": Relation.SAME_ADDRESS,
    "street": Relation.NEIGHBOUR,
    "colleague": Relation.CO_WORKER,
    "famous": Relation.VIP,
    "dead": Relation.DECEASED,
    "decoy": Relation.CANARY,
}
DENIALS = {
    "": Trouble.NONE,
    "nothing allowed": Trouble.NOTHING_IN_FORCE,
    "taken back": Trouble.WITHDRAWN,
    "no such person": Trouble.UNKNOWN_PERSON,
    "used code": Trouble.REPLAYED_CODE,
}
ROLES = {
    "clerk": PractitionerRole.REGISTRAR,
    "physician": PractitionerRole.DOCTOR,
    "nurse": PractitionerRole.NURSE,
    "analyst": PractitionerRole.TECHNICIAN,
    "dispenser": PractitionerRole.PHARMACIST,
    "outreach": PractitionerRole.PUBLIC_HEALTH,
    "village": PractitionerRole.VILLAGE_DOCTOR,
}
ACCOUNTS = {
    "good": AccountState.ACTIVE,
    "blocked": AccountState.SUSPENDED,
    "gone": AccountState.LEFT,
}
_PAPERS = 3 * 86_400.0
_NOBODY = frozenset[Relation]()


def accesses(month: Month) -> Iterator[tuple[Access, Glance]]:
    """Each glance as an access, in the order of the log."""
    world = month.world
    institutions = [InstitutionId(_id("house", one.number)) for one in world.institutions]
    people = [PractitionerId(_id("staff", one.number)) for one in world.staff]
    machines: dict[int, UUID] = {}
    sets: dict[tuple[str, ...], frozenset[Evidence]] = {}
    relations: dict[frozenset[str], frozenset[Relation]] = {frozenset(): _NOBODY}
    for leaf, one in enumerate(month.glances()):
        staff = world.staff[one.who]
        # A death is written up for three days; only then is the resident told as dead.
        connected = world.connections(one.who, one.whom, one.when - _PAPERS)
        if connected not in relations:
            relations[connected] = frozenset(CONNECTIONS[word] for word in connected)
        if one.proofs not in sets:
            sets[one.proofs] = frozenset(PROOFS[word] for word in one.proofs)
        if one.machine not in machines:
            machines[one.machine] = _id("machine", one.machine)
        access = Access(
            leaf=leaf,
            at=MIDNIGHT + timedelta(seconds=one.when),
            practitioner=people[one.who],
            institution=institutions[staff.institution],
            department=staff.department,
            role=ROLES[staff.job],
            resident_mark=_mark(one.whom),
            action=ACTIONS[one.doing],
            purpose=PURPOSES[one.why],
            scene=SCENES[one.step],
            is_refused=bool(one.denied),
            trouble=DENIALS[one.denied],
            entries=one.pages,
            evidence=sets[one.proofs],
            relations=relations[connected],
            terminal=machines[one.machine],
            place=str(one.site),
            account=ACCOUNTS[one.account],
        )
        yield access, one


def _id(kind: str, number: int) -> UUID:
    return UUID(bytes=blake2b(f"{kind} {number}".encode(), digest_size=16).digest())


def _mark(whom: int) -> bytes:
    return b"" if whom < 0 else blake2b(b"%d" % whom, digest_size=16).digest()
