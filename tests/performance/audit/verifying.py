"""What a check costs whoever checks: a thousand events in the browser and on the command line; a proof."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from measure import ROOT, Figure, per_call_us
from playwright.sync_api import sync_playwright

import histories
from examples import resident_pages
from examples.served import served
from openhealthcode.audit.prove import prove
from openhealthcode.transparency import (
    LogFolder,
    NoteVerifier,
    check_history,
    leaf_hash,
    read_policy,
)

EVENTS, AMONG, ROUNDS = 1_000, 99, 9
CHROMIUM = os.environ.get("OHC_TEST_CHROMIUM", "/usr/bin/chromium")
CHECK = """async ([file, log, receipts, policy]) => {
  const script = [...document.scripts].find((one) => one.src.includes("check-log.js"));
  const { check } = await import(script.src.replace("check-log.js", "history.js"));
  const began = performance.now();
  const said = await check(file, { log, receipts, policy });
  const checked = performance.now();
  JSON.parse(file);
  return [said.findings.length, said.events, checked - began, performance.now() - checked];
}"""


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        own = histories.events(EVENTS)
        files = histories.log_of(folder / "log", own, among=AMONG)
        data = histories.history_of(files, own, among=AMONG)
        (folder / "history.json").write_bytes(data)
        keys = f"{histories.LOG.verifier_key}\n{histories.RECEIPTS.verifier_key}\n"
        (folder / "keys.txt").write_text(keys)
        (folder / "policy").write_text(histories.POLICY)
        yield _command(folder, data)
        yield _browser(data)
        yield _proof(files)


def _command(folder: Path, data: bytes) -> Figure:
    log, receipts = (NoteVerifier(one.verifier_key) for one in (histories.LOG, histories.RECEIPTS))
    check = partial(check_history, data, log, receipts, read_policy(histories.POLICY))
    assert check().findings == ()
    arguments = ["verify", "--history", "history.json", "--policy", "policy"]
    whole = _seconds([str(ROOT / ".venv/bin/ohc"), *arguments], folder)
    python = _seconds(
        [sys.executable, "-c", "import msgspec, cryptography.hazmat.primitives.asymmetric.ed25519"],
        folder,
    )
    alone = per_call_us(check, calls=1) / 1e6
    return Figure(
        "cli_verify_1000",
        whole,
        "s",
        baseline=python,
        baseline_is="Python with the libraries of JSON and cryptography imported",
        cpu_us=alone * 1e6,
        notes={"check_alone_s": round(alone, 4), "bytes": len(data)},
    )


def _seconds(command: list[str], folder: Path) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return round(median(taken), 3)


def _browser(data: bytes) -> Figure:
    told = [data.decode(), histories.LOG.verifier_key, histories.RECEIPTS.verifier_key]
    with served(resident_pages.app()) as site, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        page = chromium.new_page()
        page.goto(f"{site}/log")
        rounds = [page.evaluate(CHECK, [*told, histories.POLICY]) for _ in range(ROUNDS)]
        chromium.close()
    assert all((found, events) == (0, EVENTS) for found, events, _, _ in rounds)
    return Figure(
        "browser_verify_1000",
        round(median(taken for *_, taken, _ in rounds) / 1000, 4),
        "s",
        baseline=round(median(parsed for *_, parsed in rounds) / 1000, 4),
        baseline_is="reading the same file as JSON",
        notes={"first_s": round(rounds[0][2] / 1000, 4), "tree": EVENTS * (AMONG + 1)},
    )


def _proof(files: LogFolder) -> Figure:
    verifier, note = NoteVerifier(histories.LOG.verifier_key), files.checkpoint()
    leaves = iter(range(0, EVENTS * AMONG, 37))
    taken = per_call_us(lambda: prove(files, verifier, next(leaves), note), calls=100)
    hashing = per_call_us(lambda: [leaf_hash(b"\x00" * 32) for _ in range(17)], calls=1_000)
    return Figure(
        "inclusion_proof",
        round(taken / 1000, 3),
        "ms",
        baseline=round(hashing / 1000, 4),
        baseline_is="seventeen hashes, as many as the path has",
        cpu_us=taken,
        notes={"tree": EVENTS * (AMONG + 1)},
    )
