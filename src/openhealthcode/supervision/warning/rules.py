"""The rules of the early warning: each says of one access whether it is what it looks for. Pure.

A rule sees the access, what is remembered of who looked, where and at whom, and its thresholds. It
remembers nothing itself, so that the same memory and the same edition always say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Final, NamedTuple
from uuid import UUID

from openhealthcode.audit import Action
from openhealthcode.supervision.warning.baseline import (
    DAYS,
    EXPLAINED,
    LOOKED_DAYS,
    Person,
    Seen,
    Team,
)
from openhealthcode.supervision.warning.edition import Edition
from openhealthcode.supervision.warning.explanation import is_at_desk
from openhealthcode.supervision.warning.model import Access, AccountState, Relation, Trouble

_MOST_LEAVES: Final = 20
OVERRIDE: Final = "override"
"""Among the habits: how much of somebody's explained work is emergency access."""
_HALF: Final = (1 << 63) - 1
_COMPANY_SECONDS: Final = 48 * 3600
_DESK: Final = 0.3
_LEFT_IF_COMMON: Final = 0.5
"""Where so much goes without its evidence that its lack says little."""
_ON_DUTY_SECONDS: Final = 2 * 3600
"""Who did explained work so shortly before is on duty, whatever the hour."""


class Look(NamedTuple):
    """One access with all that is remembered when it comes, itself included."""

    access: Access
    edition: Edition
    now: float
    day: int
    hour: int
    person: Person
    institution: Team
    department: Team
    department_key: str
    seen: Seen
    left: float
    """What weak explanations, or being the desk, leave of a finding about how somebody looked."""
    left_of_one: float
    """What weak explanations leave of a finding about whom somebody looked at."""


class Hit(NamedTuple):
    """That a rule applies: what its sentence is filled with, and what it rests on."""

    said: Mapping[str, int | str] = {}
    leaves: tuple[int, ...] = ()
    """Before this access's own."""
    marks: tuple[bytes, ...] = ()
    """Besides this access's own."""
    left: float = 1.0
    is_about_resident: bool = False


RuleOf = Callable[[Look, Mapping[str, float]], Hit | None]
_HIT: Final = Hit()


def account_disabled(look: Look, _: Mapping[str, float]) -> Hit | None:
    return _HIT if look.access.account is not AccountState.ACTIVE else None


def canary(look: Look, _: Mapping[str, float]) -> Hit | None:
    return _HIT if Relation.CANARY in look.access.relations else None


def withdrawn(look: Look, rule: Mapping[str, float]) -> Hit | None:
    times = look.person.withdrawn
    if look.access.trouble is not Trouble.WITHDRAWN or times < rule["least_times"]:
        return None
    return Hit({"times": times})


def budget(look: Look, _: Mapping[str, float]) -> Hit | None:
    return _HIT if look.access.trouble is Trouble.BUDGET else None


def code_misused(look: Look, rule: Mapping[str, float]) -> Hit | None:
    trouble, times = look.access.trouble, look.person.replayed
    if trouble is Trouble.SPLICED_CODE:
        return Hit({"times": 1})
    if trouble is not Trouble.REPLAYED_CODE or times < rule["least_times"]:
        return None
    return Hit({"times": times})


def enumeration(look: Look, rule: Mapping[str, float]) -> Hit | None:
    since = look.now - rule["within_minutes"] * 60
    # Nobody found is another one each time.
    late = [(mark, leaf) for at, mark, leaf in look.person.refused if at >= since]
    people = {mark or str(leaf): leaf for mark, leaf in late}
    if not look.access.is_refused or len(people) < rule["least_residents"]:
        return None
    said = {"residents": len(people), "minutes": int(rule["within_minutes"])}
    return Hit(said, tuple(people.values())[-_MOST_LEAVES:])


def self_look(look: Look, _: Mapping[str, float]) -> Hit | None:
    return _HIT if Relation.SELF in look.access.relations else None


def _related(relation: Relation) -> RuleOf:
    def related(look: Look, rule: Mapping[str, float]) -> Hit | None:
        if relation not in look.access.relations:
            return None
        if look.person.habits.share_of(relation) > rule["most_usual_share"]:
            return None  # a village doctor's patients are neighbours
        left = _left_of_one(look, rule)
        if "most_unexplained_share" in rule:
            is_common = _unexplained_share(look) > rule["most_unexplained_share"]
            left *= _LEFT_IF_COMMON if is_common else 1.0
        return Hit(left=left)

    return related


def vip(look: Look, rule: Mapping[str, float]) -> Hit | None:
    if Relation.VIP not in look.access.relations:
        return None
    return Hit(left=_left_of_one(look, rule), is_about_resident=True)


def deceased(look: Look, rule: Mapping[str, float]) -> Hit | None:
    if Relation.DECEASED not in look.access.relations:
        return None
    return Hit(left=_left_of_one(look, rule))


def _left_of_one(look: Look, rule: Mapping[str, float]) -> float:
    """What is left of the weight of a finding about whom somebody looked at."""
    at_desk = rule["most_left_at_desk"] if is_at_desk(look.access) else 1.0
    return min(look.left_of_one, at_desk)


def burst(look: Look, rule: Mapping[str, float]) -> Hit | None:
    crowd = look.seen.crowd
    if len(crowd) < rule["least_people"]:
        return None
    since = look.now - rule["within_hours"] * 3600
    # Who came after the desk comes in the course of a visit.
    late = {who: leaf for who, (at, leaf, left) in crowd.items() if at >= since and left > _DESK}
    departments = {who.partition("/")[0] for who in late}
    if len(late) < rule["least_people"] or len(departments) < rule["least_departments"]:
        return None
    said = {"people": len(late), "hours": int(rule["within_hours"])}
    return Hit(said, tuple(late.values())[-_MOST_LEAVES:], is_about_resident=True)


def after_hours(look: Look, rule: Mapping[str, float]) -> Hit | None:
    habits = look.person.habits
    if habits.known < rule["least_known"]:
        return None
    if habits.share_around(look.hour) > rule["most_usual_share"]:
        return None
    if look.now - look.person.last_explained_at < _ON_DUTY_SECONDS:
        return None
    return Hit({"hour": look.hour}, left=look.left)


def role_mismatch(look: Look, _: Mapping[str, float]) -> Hit | None:
    scenes = look.edition.roles.get(look.access.role)
    scene = look.access.scene
    if scenes is None or scene is None or scene in scenes:
        return None
    return Hit({"role": str(look.access.role), "scene": str(scene)}, left=look.left)


def unusual_purpose(look: Look, rule: Mapping[str, float]) -> Hit | None:
    purpose, habits = look.access.purpose, look.person.habits
    if purpose is None or habits.known < rule["least_known"]:
        return None
    if habits.share_of(purpose) > rule["most_usual_share"]:
        return None
    return Hit({"purpose": str(purpose)}, left=look.left)


def volume(look: Look, rule: Mapping[str, float]) -> Hit | None:
    looked, unexplained = look.person.counts.of(look.day)
    if unexplained < rule["least_residents"]:
        return None
    usual = _unexplained_share(look) * looked
    if not _stands_out(unexplained, usual, rule):
        return None
    found = {mark: leaf for mark, leaf in look.person.today.items() if leaf != EXPLAINED}
    return _of_many({"residents": unexplained, "usual": round(usual)}, found)


def spree(look: Look, rule: Mapping[str, float]) -> Hit | None:
    since = look.now - rule["within_minutes"] * 60
    late = [(mark, leaf) for at, mark, leaf in look.person.recent if at >= since]
    unexplained = {mark: leaf for mark, leaf in late if leaf != EXPLAINED}
    if len(unexplained) < rule["least_residents"]:
        return None
    usual = _unexplained_share(look) * len({mark for mark, _ in late})
    if not _stands_out(len(unexplained), usual, rule):
        return None
    said = {"residents": len(unexplained), "minutes": int(rule["within_minutes"])}
    return _of_many(said, unexplained)


def low_and_slow(look: Look, rule: Mapping[str, float]) -> Hit | None:
    days = min(int(rule["within_days"]), LOOKED_DAYS)
    looked = look.person.looked
    if len(looked) < rule["least_residents"]:
        return None
    mask = (1 << days) - 1
    found = {mark: leaf for mark, (bits, leaf) in looked.items() if bits & mask}
    if len(found) < rule["least_residents"]:
        return None
    usual = (
        _unexplained_share(look) * look.person.counts.between(look.day - days + 1, look.day + 1)[0]
    )
    if not _stands_out(len(found), usual, rule):
        return None
    return _of_many({"residents": len(found), "days": days, "usual": round(usual)}, found)


def repeated_look(look: Look, rule: Mapping[str, float]) -> Hit | None:
    days = min(int(rule["within_days"]), LOOKED_DAYS)
    bits, _ = look.person.looked.get(look.access.resident_mark, (0, 0))
    count = (bits & (1 << days) - 1).bit_count()
    if count < rule["least_days"]:
        return None
    if _company(look) > rule["most_company"]:
        return None
    return Hit({"days": count}, left=look.left)


def _company(look: Look) -> int:
    """How many others of the same department looked at the resident of late."""
    own, since = f"{look.department_key}/", look.now - _COMPANY_SECONDS
    others = (who for who, (at, _, _) in look.seen.crowd.items() if at >= since)
    return sum(
        who.startswith(own) and not who.endswith(str(look.access.practitioner)) for who in others
    )


def override(look: Look, rule: Mapping[str, float]) -> Hit | None:
    if look.access.action is not Action.BREAK_GLASS:
        return None
    usual = max(look.person.habits.share_of(OVERRIDE), look.department.share_of_overrides())
    if usual > rule["most_usual_share"]:
        return None
    return Hit(left=look.left)


def two_places(look: Look, rule: Mapping[str, float]) -> Hit | None:
    place, before = look.access.place, look.person.last_place
    if not place or not before or place == before:
        return None
    if look.now - look.person.last_at > rule["within_minutes"] * 60:
        return None
    return Hit({"minutes": int(rule["within_minutes"])})


def strange_terminal(look: Look, rule: Mapping[str, float]) -> Hit | None:
    terminal, habits = look.access.terminal, look.person.habits
    if terminal is None or habits.known < rule["least_known"] or not habits.terminals:
        return None  # whose log did not say where
    number = terminal_number(terminal)
    if number in habits.terminals or number in look.department.terminals:
        return None
    return Hit(left=look.left)


def terminal_number(terminal: UUID) -> int:
    """A terminal as it is remembered: half its random bits name it as well."""
    return terminal.int & _HALF


def copies(look: Look, rule: Mapping[str, float]) -> Hit | None:
    count = len(look.person.copied)
    if look.access.action is not Action.RECORD_COPY or count < rule["least_residents"]:
        return None
    return _of_many({"residents": count}, look.person.copied)


def group(look: Look, rule: Mapping[str, float]) -> Hit | None:
    looked, _ = look.department.counts.of(look.day)
    unexplained = len(look.department.marks)
    _, own = look.person.counts.of(look.day)
    if unexplained < rule["least_residents"] or own < rule["least_own"]:
        return None
    before, _ = look.department.counts.between(look.day - DAYS + 1, look.day)
    if before < rule["least_known"]:
        return None
    usual = _unexplained_share(look, but_today=True) * looked
    if not _stands_out(unexplained, usual, rule):
        return None
    return _of_many({"residents": unexplained, "usual": round(usual)}, look.department.marks)


def _of_many(said: Mapping[str, int | str], found: Mapping[bytes, int]) -> Hit:
    """A hit that rests on looks at many residents, the latest of them."""
    return Hit(said, tuple(found.values())[-_MOST_LEAVES:], tuple(found)[-_MOST_LEAVES:])


def _unexplained_share(look: Look, *, but_today: bool = False) -> float:
    """What part of the department's work goes without its evidence, by what all others did.

    Where little is known of the department, by the institution; of that, by the edition. What a
    whole department does today is held against the days before it.
    """
    edition, since = look.edition, look.day - DAYS + 1
    until = look.day if but_today else look.day + 1
    own = look.person.counts.between(since, until)
    share = edition.unexplained_share
    for team, counts_as in (
        (look.institution, edition.counts_as),
        (look.department, edition.department_counts_as),
    ):
        looked, unexplained = team.counts.between(since, until)
        others = max(0, looked - own[0]) + counts_as
        share = (max(0, unexplained - own[1]) + share * counts_as) / others
    return share


def _stands_out(count: int, usual: float, rule: Mapping[str, float]) -> bool:
    """So many more than usual that chance does not make them; counts vary as their root does."""
    return count >= usual + rule["least_deviations"] * sqrt(usual + 1)


GATES: Final[Mapping[str, RuleOf]] = {
    "account-disabled": account_disabled,
    "canary": canary,
    "withdrawn": withdrawn,
    "budget": budget,
    "code-misused": code_misused,
    "enumeration": enumeration,
}
"""Asked of every access that is not quite in order."""
ALWAYS: Final[Mapping[str, RuleOf]] = {"self": self_look, "two-places": two_places}
"""Asked of every look, explained or not."""
UNEXPLAINED: Final[Mapping[str, RuleOf]] = {
    "after-hours": after_hours,
    "role-mismatch": role_mismatch,
    "unusual-purpose": unusual_purpose,
    "volume": volume,
    "spree": spree,
    "low-and-slow": low_and_slow,
    "repeated-look": repeated_look,
    "override": override,
    "strange-terminal": strange_terminal,
    "copies": copies,
    "group": group,
    "burst": burst,
}
"""Asked of every look that nothing explains."""
RELATED: Final[Mapping[str, RuleOf]] = {
    "family": _related(Relation.FAMILY),
    "same-address": _related(Relation.SAME_ADDRESS),
    "co-worker": _related(Relation.CO_WORKER),
    "neighbour": _related(Relation.NEIGHBOUR),
    "vip": vip,
    "deceased": deceased,
}
"""Asked of those, where something connects who looked with whom."""
