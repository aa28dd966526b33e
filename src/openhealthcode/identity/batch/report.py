"""The report of a run: one page that needs nothing else, for whoever runs the index; names nobody."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Final

import jinja2

from openhealthcode.identity.batch import charts
from openhealthcode.identity.batch.charts import Bar, Line
from openhealthcode.identity.batch.clusters import Cluster, sizes_of
from openhealthcode.identity.batch.evaluation import AtThreshold, best
from openhealthcode.identity.batch.model_file import Parameters
from openhealthcode.identity.batch.run import Linked

_SHOWN: Final = 20
_LEAST_SHARE: Final = 1e-10


def drawn(linked: Linked) -> str:
    """The page as HTML."""
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        files("openhealthcode.identity.batch").joinpath("report.html").read_text("utf-8")
    )
    judged = linked.thresholds
    return template.render(
        linked=linked,
        model=linked.file.model,
        weights=charts.bars("匹配权重 · match weights", list(_weights(linked.file.parameters))),
        histogram=charts.bars("建议的得分 · scores of the suggestions", _histogram(linked)),
        curve=_curve(judged) if judged else "",
        best=best(judged) if judged else None,
        judged=[one for one in judged if one.bits % 2 == 0 and -4 <= one.bits <= 20],
        sizes=sizes_of(linked.clusters),
        groups=_unsound(linked.clusters),
    )


def _weights(parameters: Parameters) -> Iterator[Bar]:
    for field, levels in parameters.items():
        yield Bar(field.value, 0.0, is_heading=True)
        for level, (m, u) in levels.items():
            bits = math.log2(max(m, _LEAST_SHARE) / max(u, _LEAST_SHARE))
            yield Bar(level.value, bits, f"{bits:+.1f}")


def _histogram(linked: Linked) -> list[Bar]:
    counted = Counter(int(one.bits // 1) for one in linked.suggestions)
    if not counted:
        return []
    return [
        Bar(f"{bits} … {bits + 1} bits", float(counted[bits]), f"{counted[bits]:,}")
        for bits in range(min(counted), max(counted) + 1)
    ]


def _curve(judged: Sequence[AtThreshold]) -> str:
    return charts.lines(
        "按阈值的查准率与查全率 · precision and recall by threshold",
        [
            Line("查准率 · precision", "precision", [(one.bits, one.precision) for one in judged]),
            Line("查全率 · recall", "recall", [(one.bits, one.recall) for one in judged]),
        ],
        (judged[0].bits, judged[-1].bits),
    )


def _unsound(clusters: Sequence[Cluster]) -> list[Cluster]:
    """The groups to look at first: several residents, thinly joined or contradicted."""
    groups = [one for one in clusters if len(one.residents) > 2 or one.contradictions]
    return groups[:_SHOWN]
