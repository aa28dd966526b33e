"""The pack's lists as Markdown: check-lists, keys, retention, what is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from openhealthcode.collection import RULES
from openhealthcode.database import Pool
from openhealthcode.supervision import breach, sealing
from openhealthcode.supervision.evidence.model import Answer, Checklist
from openhealthcode.supervision.sealing import OrderState
from openhealthcode.trust import KeyInventory, Keys


def cell(text: str) -> str:
    """A text as it may stand in a cell: one line, nothing that ends the cell or marks up."""
    inert = "".join(c if c.isprintable() else " " for c in text)
    return inert.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def front(names: Sequence[str], made_at: datetime, version: str) -> str:
    """What the pack is, when and from what it was made."""
    listed = "".join(f"- [{name}]({name})\n" for name in names)
    return (
        "# Evaluation pack\n\n"
        f"Made {made_at.isoformat(timespec='seconds')} by `ohc evidence`, OpenHealthCode {version}.\n"
        "`MANIFEST.sha256` holds the digest of each file: `sha256sum -c MANIFEST.sha256`.\n"
        "Paths of tests are those of the source tree of this version; `make test` runs them.\n\n"
        f"{listed}"
    )


def checklist(one: Checklist) -> str:
    """A check-list with how many items are answered, and how."""
    counts = one.counts
    counted = ", ".join(f"{counts[answer]} {answer}" for answer in Answer)
    rows = [
        (cell(item.id), item.answer.value, cell(item.words), "<br>".join(map(cell, item.where)))
        for item in one.items
    ]
    return (
        f"# {one.title}\n\nSource: {one.source}\n\n{one.scope}\n\n"
        f"{len(one.items)} items: {counted}.\n\n"
        f"{table(('item', 'answered by', 'in our words', 'where'), rows)}"
    )


def retention() -> str:
    """How long what is collected is kept, by occasion and element."""
    rows = [
        (
            rule.reference,
            cell(ruled.element.zh),
            "while registered" if ruled.retention_years is None else str(ruled.retention_years),
        )
        for rule in sorted(RULES.rules.values(), key=lambda rule: rule.scene)
        for ruled in rule.elements.values()
        if ruled.retention_years != 0
    ]
    head = "# Retention\n\nYears after which an element is destroyed unless it is used again.\n\n"
    return head + table(("rule", "element", "years"), rows)


def keys(held: KeyInventory) -> str:
    """Which keys there are, by name, age and number; nothing of a key."""
    months = [
        (one.month, one.superseded_on or "in use", "destroyed" if one.is_destroyed else "held")
        for one in held.months
    ]
    signing = [
        (one.key_id, one.made_at.date().isoformat(), "destroyed" if one.is_destroyed else "held")
        for one in held.signing
    ]
    residents = [
        (one.key_class, one.suite, str(one.count), str(one.destroyed)) for one in held.residents
    ]
    return "\n".join(
        (
            "# Keys\n",
            "What each opens and what its loss means: `docs/security.md`.\n",
            "## Of the region\n",
            table(("name",), [(cell(name),) for name in held.region]),
            "## Of the months, which wrap those of residents\n",
            table(("month", "superseded", "state"), months),
            "## For signed codes\n",
            table(("key", "made", "state"), signing),
            "## Of residents\n",
            table(("class", "suite", "count", "destroyed"), residents),
        )
    )


async def open_matters(pool: Pool, keys: Keys) -> str:
    """Leaks and seals that are not closed; numbers and days, nobody's name and no words."""
    leaks = [
        (
            str(one.breach_id),
            one.what.known_at.date().isoformat(),
            breach.state_of(steps).value,
            str(len(steps)),
        )
        for one, steps, _ in await breach.breaches(pool, keys)
        if breach.state_of(steps) is not breach.BreachState.CLOSED
    ]
    now = datetime.now(UTC)
    seals = [
        (str(one.order_id), one.reason.value, one.until.date().isoformat(), str(one.named))
        for one, _ in await sealing.orders(pool, keys)
        if sealing.state_of(one, now) in {OrderState.IN_FORCE, OrderState.LIFT_ASKED}
    ]
    return "\n".join(
        (
            "# Open matters\n",
            "## Breaches\n",
            table(("case", "known since", "state", "steps"), leaks),
            "## Seals in force\n",
            table(("order", "reason", "until", "people named"), seals),
        )
    )
