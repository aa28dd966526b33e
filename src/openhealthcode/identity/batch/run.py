"""One run of linkage: export, train and judge if asked, score, group; nothing is merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Final

from openhealthcode.database import Pool
from openhealthcode.identity.batch import evaluation, export, linker, suggest, training
from openhealthcode.identity.batch.clusters import Cluster, Suggestion, clusters_of
from openhealthcode.identity.batch.evaluation import AtThreshold
from openhealthcode.identity.batch.model_file import ModelFile, written
from openhealthcode.identity.batch.suggest import Fate
from openhealthcode.identity.batch.table import Exported, RegistrationTable, pairs_in
from openhealthcode.trust import Keys

SAMPLE_RESIDENTS: Final = 100_000
"""A model is estimated and judged on so many residents; more would not change its third digit."""

Tell = Callable[[str], None]


@dataclass(slots=True)
class Linked:
    """What a run found.

    Args:
        content: the model file that was used, as bytes to write.
        thresholds: how good it is; empty when it was not judged.
        seconds: how long each stage took.
    """

    file: ModelFile
    content: bytes
    registrations: int = 0
    residents: int = 0
    thresholds: list[AtThreshold] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    fates: Counter[Fate] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)


async def gather(rows: AsyncIterable[list[Exported]], file: ModelFile) -> RegistrationTable:
    """A table of all these registrations."""
    table = RegistrationTable(file.model.fields)
    async for some in rows:
        table.add(some)
    table.finish()
    return table


async def trained(
    pool: Pool, keys: Keys, base: bytes, residents: int, tell: Tell
) -> tuple[bytes, list[AtThreshold]]:
    """A model estimated on half of a sample of the residents, and how good it is on the other half.

    Raises:
        TooLittleToLearn: the sample holds too few pairs of one person.
    """
    share = min(SAMPLE_RESIDENTS / max(residents, 1), 1.0)
    file = ModelFile.load(base)
    sample = await gather(export.received(pool, keys, share), file)
    tell(f"{len(sample):,} registrations of {len(sample.residents):,} residents to learn from")
    content = learnt(sample, file)
    return content, judge(sample, ModelFile.load(content), share)


def learnt(
    sample: RegistrationTable, base: ModelFile, *, random_pairs: int = training.RANDOM_PAIRS
) -> bytes:
    """The model file that half of a sample gives.

    Raises:
        TooLittleToLearn: it holds too few pairs of one person.
    """
    found = training.train(sample, base, random_pairs=random_pairs)
    provenance = {
        "trained_on": "this region's registrations, one half of a random sample of residents",
        "trained_by": f"ohc identity link, openhealthcode {version('openhealthcode')}",
        "engine": f"splink {version('splink')} on duckdb {version('duckdb')}",
        "base": base.model.version,
        "residents": len(sample.residents),
        "registrations": len(sample),
        "pairs_of_one_person": found.matches,
        "pairs_of_strangers": found.strangers,
        "levels_kept_from_base": found.kept,
    }
    at = datetime.now(UTC)
    return written(
        base,
        found.parameters,
        sample.values,
        provenance=provenance,
        at=at,
        rest=found.rest,
    )


def judge(sample: RegistrationTable, file: ModelFile, share: float) -> list[AtThreshold]:
    """How good a model is on the half of a sample that nothing was estimated on.

    Args:
        share: of all residents that the sample holds.
    """
    held_out = training.prepare(sample, training.HELD_OUT)
    part = sample.one("residents", table=held_out) / max(len(sample.residents), 1)
    return evaluation.evaluate(sample, held_out, file, max(share * part, 1e-9))


def suggested(table: RegistrationTable, file: ModelFile, from_bits: float) -> list[Suggestion]:
    """Each two residents who may be one person, the likeliest first."""
    found = linker.predicted(linker.linker_of(table, file), from_bits)
    return [
        Suggestion(
            table.residents[left], table.residents[right], bits, bool(contradicted), bool(newborn)
        )
        for left, right, bits, contradicted, newborn in table.ask("suggestions", predicted=found)
        if bits >= from_bits
    ]


def suggested_elsewhere(
    path: Path, table: RegistrationTable, keys: Keys, from_bits: float
) -> list[Suggestion]:
    """The pairs another engine found over the table we wrote, the likeliest first.

    Args:
        path: Parquet with the columns ``person_l``, ``person_r`` and ``bits``.
        table: the index as it is now; whoever is no longer in it is left out.
        keys: the installation's, which made the pseudonyms.
        from_bits: what reaches so many is suggested.

    Raises:
        InvalidInput: it is not that.
    """
    known = {export.pseudonym(keys, one): one for one in table.residents}
    found = [
        Suggestion(known[left], known[right], bits)
        for left, right, bits in pairs_in(path)
        if left in known and right in known and left != right and bits >= from_bits
    ]
    return sorted(found, key=lambda one: (-one.bits, one.left, one.right))


async def link(
    pool: Pool,
    keys: Keys,
    base: bytes,
    *,
    is_training: bool,
    from_bits: float,
    tell: Tell,
    pairs: Path | None = None,
) -> tuple[Linked, RegistrationTable]:
    """Export the index, train if asked, and find who may be one person.

    Args:
        base: a model file.
        is_training: estimate it anew on the region's own registrations first.
        from_bits: what reaches so many is suggested.
        tell: is told what goes on, in numbers.
        pairs: what another engine found over the table we wrote; then nothing is scored here.

    Raises:
        ModelUnsuitable: the base is no model file.
        TooLittleToLearn: there is too little to train on.
    """
    linked = Linked(ModelFile.load(base), base)
    watch = _Watch(linked.seconds)
    table = await gather(export.variants(pool, keys), linked.file)
    linked.registrations, linked.residents = len(table), len(table.residents)
    tell(f"{linked.registrations:,} registrations of {linked.residents:,} residents")
    watch.lap("export")
    if is_training:
        linked.content, linked.thresholds = await trained(pool, keys, base, linked.residents, tell)
        linked.file = ModelFile.load(linked.content)
        watch.lap("train")
    if pairs is None:
        linked.suggestions = suggested(table, linked.file, from_bits)
    else:
        linked.suggestions = suggested_elsewhere(pairs, table, keys, from_bits)
    linked.clusters = clusters_of(linked.suggestions)
    tell(f"{len(linked.suggestions):,} pairs of residents who may be one person")
    watch.lap("link")
    return linked, table


async def send(pool: Pool, keys: Keys, linked: Linked, from_bits: float, most: int) -> None:
    """Keep the likeliest suggestions for registrars, and note what became of them."""
    watch = _Watch(linked.seconds)
    chosen = linked.suggestions[:most]
    async for fates in suggest.send(pool, keys, linked.file.model, chosen, from_bits=from_bits):
        linked.fates += fates
    if left := len(linked.suggestions) - len(chosen):
        linked.fates[Fate.LEFT] = left
    watch.lap("send")


class _Watch:
    """Writes down how long each stage took."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds, self._at = seconds, perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self._seconds[stage], self._at = now - self._at, now
