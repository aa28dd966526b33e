"""Medicines that harm each other (药物相互作用): pairs of ATC codes, brought by the release or loaded.

Start with ``interactions.toml``, which is meant to be read and disputed by clinicians and
pharmacists; ``table`` says which table is in force and how a region loads its own.
"""

from openhealthcode.terminology.interactions.model import (
    Interaction,
    InteractionsUnreadable,
    InteractionTable,
    Severity,
)
from openhealthcode.terminology.interactions.table import (
    drop_interactions,
    interaction_table,
    interactions_with,
    load_interactions,
    packaged_interactions,
)

__all__ = [
    "Interaction",
    "InteractionTable",
    "InteractionsUnreadable",
    "Severity",
    "drop_interactions",
    "interaction_table",
    "interactions_with",
    "load_interactions",
    "packaged_interactions",
]
