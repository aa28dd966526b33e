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
from openhealthcode.identity.matching import Evidence, Field, Level, explain

_SHOWN: Final = 20
_BITS_OF_A_BAR: Final = 2
_LAST_BAR: Final = 15
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
        yield Bar(_in_both(field, Level.EQUAL)[0], 0.0, is_heading=True)
        for level, (m, u) in levels.items():
            bits = math.log2(max(m, _LEAST_SHARE) / max(u, _LEAST_SHARE))
            yield Bar(_in_both(field, level)[1], bits, f"{bits:+.1f}")


def _in_both(field: Field, level: Level) -> tuple[str, str]:
    """A field and a level of it in the words registrars read."""
    zh, en = (explain(Evidence(field, level, 0.0), language) for language in ("zh-CN", "en"))
    return f"{zh.field} · {en.field}", f"{zh.level} · {en.level}"


def _histogram(linked: Linked) -> list[Bar]:
    """How many suggestions there are by score; whatever is beyond doubt is one bar."""
    counted = Counter(min(int(one.bits // _BITS_OF_A_BAR), _LAST_BAR) for one in linked.suggestions)
    return [
        Bar(_of_bits(bar), float(counted[bar]), f"{counted[bar]:,}")
        for bar in range(min(counted, default=0), max(counted, default=-1) + 1)
    ]


def _of_bits(bar: int) -> str:
    first = bar * _BITS_OF_A_BAR
    return f"{first} bits …" if bar == _LAST_BAR else f"{first} … {first + _BITS_OF_A_BAR} bits"


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
