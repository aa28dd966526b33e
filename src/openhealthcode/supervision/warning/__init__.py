"""Early warning (预警): which accesses an officer should look at, judged by rules that are data.

Start with ``Watch``: it judges one access after another by an ``Edition`` and keeps in a ``Memory``
what the next ones need. No resident is known here, nor anything of a record, and nothing here
reads a clock or a database.
"""

from openhealthcode.supervision.warning.edition import (
    Edition,
    Weakened,
    read_edition,
    shipped,
    silenced,
    weakened,
)
from openhealthcode.supervision.warning.grouping import Plan, plan
from openhealthcode.supervision.warning.memory import Kept, Memory
from openhealthcode.supervision.warning.model import (
    Access,
    AccountState,
    Alert,
    EditionUnreadable,
    Evidence,
    Finding,
    Relation,
    Severity,
    Trouble,
)
from openhealthcode.supervision.warning.watch import LOOKS, Judgement, Replayed, Watch, replay

__all__ = [
    "LOOKS", "Access", "AccountState", "Alert", "Edition", "EditionUnreadable", "Evidence", "Finding",
    "Judgement", "Kept", "Memory", "Plan", "Relation", "Replayed", "Severity", "Trouble", "Watch",
    "Weakened", "plan", "read_edition", "replay", "shipped", "silenced", "weakened",
]  # fmt: skip
