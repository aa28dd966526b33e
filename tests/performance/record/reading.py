"""Reading a record over HTTP: authorised, consented and durably logged; beside a bare route.

Two server processes, PostgreSQL and the load generator (wrk, 16 connections) share the processors. The
bare routes read the same rows by the least a Starlette route can do: to anybody, unlogged, sealed as
they lie there. Nobody could be served like that; it says what the machine and HTTP alone cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from measure import Figure, median
from record.lives import Filled, Life, filled
from visit.http import CONNECTIONS, ROUNDS, asking, load, server
from visit.world import processors

EVERYTHING_ENTRIES = 505
SEARCH = "/fhir/Observation?patient={}&_sort=-date&_count=20"
BARE_SEARCH = "/bare/search/{}"


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    with filled() as made:
        if not made.lives:
            return  # without others' Bundles there is nothing to say
        one = made.nearest(EVERYTHING_ENTRIES)
        asked = {
            "read": [f"/fhir/Patient/{life.patient}" for life in made.lives],
            "search": [SEARCH.format(life.patient) for life in made.lives],
            "everything": [f"/fhir/Patient/{one.patient}/$everything?_count=1000"],
            "summary": [f"/fhir/Patient/{one.patient}/$summary"],
        }
        ours = _measured(made, "served", asked)
        bare = _measured(made, "bare", _bare(made, one))
    notes = {
        "connections": CONNECTIONS,
        "processes": processors(),
        "residents": len(made.lives),
        "entries": sum(life.entries for life in made.lives),
    }
    yield from _rate("read_patient", ours["read"], bare["read"], notes)
    yield from _rate("search_observation", ours["search"], bare["search"], notes)
    alone = notes | {"connections": 1, "entries": one.entries}
    yield _median("everything_505_p50", ours["everything"], bare["everything"], alone)
    yield _median("summary_p50", ours["summary"], bare["everything"], alone)


def _bare(made: Filled, one: Life) -> dict[str, list[str]]:
    return {
        "read": [f"/bare/{life.resident_id}/{life.resident_id}" for life in made.lives],
        "search": [f"/bare/search/{life.resident_id}" for life in made.lives],
        "everything": [f"/bare/all/{one.resident_id}"],
    }


def _measured(
    made: Filled, application: str, asked: dict[str, list[str]]
) -> dict[str, list[dict[str, float]]]:
    with server(made.region, application) as (site, pid):
        token = made.token(site) if application == "served" else ""
        return {
            name: [
                load(
                    made.region,
                    site,
                    pid,
                    asking([quote(path, safe="/?&=$-_.") for path in paths], token),
                    connections=CONNECTIONS if len(paths) > 1 else 1,
                )
                for _ in range(ROUNDS)
            ]
            for name, paths in asked.items()
        }


def _rate(
    name: str, ours: list[dict[str, float]], bare: list[dict[str, float]], notes: dict[str, object]
) -> Iterator[Figure]:
    yield Figure(
        name,
        round(median([one["rate"] for one in ours])),
        "1/s",
        baseline=round(median([one["rate"] for one in bare])),
        baseline_is="a bare route reading the same rows to anybody",
        cpu_us=round(median([one["cpu_us"] for one in ours]), 1),
        notes=notes | {"bare_cpu_us": round(median([one["cpu_us"] for one in bare]), 1)},
    )
    yield Figure(
        f"{name}_p99",
        median([one["p99"] for one in ours]),
        "ms",
        baseline=median([one["p99"] for one in bare]),
        baseline_is="the bare route",
        notes=notes | {"p50_ms": median([one["p50"] for one in ours])},
    )


def _median(
    name: str, ours: list[dict[str, float]], bare: list[dict[str, float]], notes: dict[str, object]
) -> Figure:
    return Figure(
        name,
        median([one["p50"] for one in ours]),
        "ms",
        baseline=median([one["p50"] for one in bare]),
        baseline_is="a bare route sending every row of the resident as it lies there",
        cpu_us=round(median([one["cpu_us"] for one in ours]), 1),
        notes=notes | {"p99_ms": median([one["p99"] for one in ours])},
    )
