"""A resident refuses an optional element, or agrees to one that needs separate consent.

Care does not depend on the answer: a delivery that holds the element is refused or filed without.
"""

from __future__ import annotations

from collections.abc import Mapping

from openhealthcode import audit
from openhealthcode.audit import Agent
from openhealthcode.collection import holding, store
from openhealthcode.collection.rules import CollectionRule, CollectionScene, Demand
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_LEFT_TO_THE_RESIDENT = (Demand.OPTIONAL, Demand.SEPARATE_CONSENT)


def check_choices(rule: CollectionRule, choices: Mapping[str, bool]) -> None:
    """Whether each of these elements is the resident's to choose in this scene.

    Raises:
        InvalidInput: one is not: the rule needs it, or does not ask for it at all.
    """
    if not choices.keys() <= {r.element.id for r in rule.of_demand(*_LEFT_TO_THE_RESIDENT)}:
        raise InvalidInput("only optional elements and those of separate consent are chosen")


async def choose(
    pool: Pool,
    keys: Keys,
    *,
    resident_id: ResidentId,
    rule: CollectionRule,
    choices: Mapping[str, bool],
    agent: Agent,
) -> None:
    """Keep and log what a resident agreed to or refused; holds from the next delivery on.

    What was collected on nothing but the consent that is refused now is over, and destroyed.

    Raises:
        InvalidInput: an element that is not the resident's to choose in this scene.
    """
    check_choices(rule, choices)
    async with transaction(pool, resident=resident_id) as connection:
        event = audit.Event(
            action=audit.Action.COLLECTION_CHOOSE,
            agent=agent,
            detail={"rule": rule.reference, "choices": dict(choices)},
        )
        appended = await audit.append(connection, keys, resident_id, event)
        await store.choose(connection, resident_id, rule.scene, choices, appended.at)
        refused = [element for element, is_agreed in choices.items() if not is_agreed]
        await holding.end(connection, keys.of(resident_id), resident_id, rule, refused, appended.at)


async def choices_of(
    pool: Pool, resident_id: ResidentId, scene: CollectionScene
) -> Mapping[str, bool]:
    """What a resident has answered in this scene, by element."""
    async with transaction(pool, resident=resident_id) as connection:
        return await store.choices(connection, resident_id, scene)
