"""Accesses drawn at random from few people, places and days, so that they have to do with each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from hypothesis import strategies as st

from openhealthcode.audit import Action
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.supervision.warning import (
    Access,
    AccountState,
    Edition,
    Evidence,
    Relation,
    Trouble,
    shipped,
)

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_SHOWN = (Action.RECORD_DISCLOSE,) * 6 + (
    Action.RECORD_COPY,
    Action.BREAK_GLASS,
    Action.RESIDENT_IDENTIFY,
)
_NOT_FOUND = frozenset({Evidence.TEAM, Evidence.DESK, Evidence.PASSAGE})

_some = st.fixed_dictionaries(
    {
        "practitioner": st.integers(0, 2),
        "resident": st.integers(0, 9),
        "action": st.sampled_from(_SHOWN),
        "scene": st.sampled_from([None, *Scene]),
        "purpose": st.sampled_from([None, *PurposeOfUse]),
        "role": st.sampled_from(list(PractitionerRole)),
        "trouble": st.sampled_from([Trouble.NONE] * 12 + list(Trouble)),
        "evidence": st.sets(st.sampled_from(sorted(set(Evidence) - _NOT_FOUND)), max_size=1),
        "relations": st.sets(st.sampled_from(list(Relation)), max_size=1),
        "account": st.sampled_from([AccountState.ACTIVE] * 8 + list(AccountState)),
        "terminal": st.integers(0, 2),
        "place": st.sampled_from(["", "here", "here", "there"]),
        "department": st.sampled_from(["ward", "desk"]),
        "minutes": st.sampled_from([0, 1, 1, 2, 5, 30, 200, 1_000, 3_000]),
    }
)


def _access(number: int, at: datetime, drawn: dict[str, object], world: int) -> Access:
    base = world << 32
    trouble = drawn["trouble"]
    return Access(
        leaf=number,
        at=at,
        practitioner=PractitionerId(UUID(int=base + 100 + drawn["practitioner"])),
        institution=InstitutionId(UUID(int=base + 200)),
        department=drawn["department"],
        role=drawn["role"],
        resident_mark=b"%d/%d" % (world, drawn["resident"]),
        action=drawn["action"],
        purpose=drawn["purpose"],
        scene=drawn["scene"],
        is_refused=trouble is not Trouble.NONE,
        trouble=trouble,
        evidence=frozenset(drawn["evidence"]),
        relations=frozenset(drawn["relations"]),
        terminal=UUID(int=base + 300 + drawn["terminal"]),
        place=drawn["place"],
        account=drawn["account"],
    )


def streams(world: int = 0, most: int = 60) -> st.SearchStrategy[list[Access]]:
    """A log of some days; nobody and nothing of one world is in another."""

    def told(drawn: list[dict[str, object]]) -> list[Access]:
        at, accesses = BEGIN, []
        for number, one in enumerate(drawn):
            at += timedelta(minutes=one["minutes"])
            accesses.append(_access(2 * number + world, at, one, world))
        return accesses

    return st.lists(_some, max_size=most).map(told)


def eager() -> Edition:
    """The shipped rules with thresholds so low that few accesses suffice."""
    low = {
        "least_residents": 2.0,
        "least_people": 2.0,
        "least_departments": 1.0,
        "least_known": 1.0,
    }
    low |= {"least_deviations": 0.1, "least_times": 1.0, "least_days": 2.0, "least_own": 1.0}
    rules = {
        name: replace(
            rule,
            thresholds=MappingProxyType(
                {what: low.get(what, value) for what, value in rule.thresholds.items()}
            ),
        )
        for name, rule in shipped().rules.items()
    }
    return replace(shipped(), rules=MappingProxyType(rules))


def with_threshold(edition: Edition, rule: str, **changed: object) -> Edition:
    """The edition with one rule changed: a field of it, or one of its thresholds."""
    one = edition.rules[rule]
    fields = {name: value for name, value in changed.items() if name not in one.thresholds}
    thresholds = {name: changed.get(name, value) for name, value in one.thresholds.items()}
    other = replace(one, thresholds=MappingProxyType(thresholds), **fields)
    return replace(edition, rules=MappingProxyType({**edition.rules, rule: other}))
