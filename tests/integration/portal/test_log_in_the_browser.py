"""A history checked in a real browser says the same as the program, and the same about tampering."""

from __future__ import annotations

import hashlib
import json

import pytest
from playwright.sync_api import sync_playwright

import histories
from examples.served import served
from openhealthcode.audit import Sequencer
from openhealthcode.transparency import (
    HistoryRefused,
    NoteVerifier,
    check_history,
    read_policy,
    seal_history,
)
from openhealthcode.transparency.history import read_history
from openhealthcode.trust import Keys
from portals import Parts, application

LOG, RECEIPTS = (NoteVerifier(one.verifier_key) for one in (histories.LOG, histories.RECEIPTS))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The public pages, over files and keys alone."""
    folder = tmp_path_factory.mktemp("log")
    keys = Keys.open(folder / "keys")
    sequencer = Sequencer(None, folder / "log", keys.checkpoint_signer(histories.ORIGIN))
    with served(application(Parts(None, keys, None, sequencer=sequencer))) as address:
        yield address
    keys.close()


@pytest.fixture(scope="module")
def window(site, chromium_path):
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path)
        page = chromium.new_page()
        page.goto(f"{site}/log")
        yield page
        chromium.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    own = histories.events(40)
    files = histories.log_of(tmp_path_factory.mktemp("files"), own, among=6)
    return histories.history_of(files, own, among=6)


CHECK = """async ([file, log, receipts, policy, kept]) => {
  const script = [...document.scripts].find((one) => one.src.includes("check-log.js"));
  const { check } = await import(script.src.replace("check-log.js", "history.js"));
  try {
    const said = await check(file, { log, receipts, policy }, kept);
    return { ...said, findings: said.findings.map(({ kind, number }) => [kind, number ?? null]) };
  } catch (problem) {
    return { refused: problem.constructor.name };
  }
}"""
SAME = {"altered": "backdated", "checkpoint": "not-witnessed"}


def in_the_browser(window, data, kept=None, policy=histories.POLICY):
    log, receipts = histories.LOG.verifier_key, histories.RECEIPTS.verifier_key
    return window.evaluate(CHECK, [data.decode(), log, receipts, policy, kept])


def by_the_program(data, policy=histories.POLICY):
    try:
        found = check_history(data, LOG, RECEIPTS, read_policy(policy)).findings
    except HistoryRefused:
        return None
    return [[SAME.get(one.kind.value, one.kind.value), one.number] for one in found]


def changed(data, change, *, signed=True):
    """As an operator would alter it who holds every key."""
    history = json.loads(data)
    change(history)
    if not signed:
        return json.dumps(history).encode()
    return seal_history(read_history(json.dumps(history).encode()), histories.RECEIPTS)


def without(number):
    def change(history):
        history["events"] = [one for one in history["events"] if one["number"] != number]

    return change


def with_field(number, name, value):
    def change(history):
        history["events"][number - 1][name] = value

    return change


CHANGES = {
    "deleted": without(7),
    "the first deleted": without(1),
    "truncated": without(40),
    "edited": with_field(5, "action", "record.preview"),
    "backdated": with_field(9, "at", "2026-02-01T08:00:00Z"),
    "another agent": with_field(5, "agent", "00000000-0000-0000-0000-000000000063"),
    "no institution": with_field(4, "institution", None),
    "a scene": with_field(4, "scene", "住院"),
    "moved": with_field(5, "leaf", 3),
    "another's place": lambda history: history["events"][5].update(
        {name: history["events"][4][name] for name in ("leaf", "path")}
    ),
    "kept out": lambda history: history["events"][5].update({"leaf": None, "path": []}),
    "swapped": lambda history: history["events"].insert(2, history["events"].pop(8)),
    "doubled": lambda history: history["events"].insert(2, history["events"][2]),
    "an old head": lambda history: history.update(made_at="2028-03-01T00:00:00Z"),
    "another head": lambda history: history.update(
        checkpoint=history["checkpoint"].split("— witness")[0]
    ),
}


def test_a_whole_history_holds_in_the_browser(window, whole):
    said = in_the_browser(window, whole)
    assert said["findings"] == [] == by_the_program(whole)
    assert (said["events"], said["size"], said["witnessed"], said["waiting"]) == (40, 280, True, 0)
    assert in_the_browser(window, whole, policy="quorum none\n")["witnessed"] is None


@pytest.mark.parametrize("name", CHANGES)
def test_browser_and_program_find_the_same(window, whole, name):
    data = changed(whole, CHANGES[name])
    expected = by_the_program(data)
    said = in_the_browser(window, data)
    if name == "an old head":
        assert said["findings"] == [["stale", None], ["map", None]]
        said["findings"][0] = ["not-witnessed", None]
    assert sorted(map(str, said["findings"])) == sorted(map(str, expected or []))
    # Cut off at the end and signed again is what only an earlier copy tells.
    assert bool(expected) == (name != "truncated")


@pytest.mark.parametrize(
    "change",
    [
        without(40),
        lambda history: history.update(made_at="2030-01-01T00:00:00Z"),
        lambda history: history.update(log="other.example/log"),
        lambda history: history.update(note=""),
        lambda history: history.update(checkpoint="nothing\n"),
        lambda history: history.update(format="other"),
        lambda history: history.update(resident="00000000-0000-0000-0000-000000000063"),
    ],
)
def test_what_the_operator_did_not_sign_is_refused_by_both(window, whole, change):
    data = changed(whole, change, signed=False)
    assert in_the_browser(window, data) == {"refused": "Refused"}
    assert by_the_program(data) is None


def test_a_tail_cut_off_after_an_earlier_check_shows(window, whole):
    kept = in_the_browser(window, whole)["keep"]
    assert set(kept) == {"first", "number", "last"}
    assert in_the_browser(window, whole, kept)["findings"] == []
    cut = in_the_browser(window, changed(whole, without(40)), kept)
    assert cut["findings"] == [["rewritten", 40]]
    assert in_the_browser(window, whole, {**kept, "first": "00"})["findings"] == []


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """Ten days of a log with its daily maps, over the end of a month and days of silence."""
    log = histories.MappedLog(tmp_path_factory.mktemp("mapped"))
    for days in (1, 1, 3, 1, 1, 1, 1, 25, 1, 1):
        log.happen(2)
        log.end_day(days=days)
    log.happen()
    return log.sealed()


def mapped_with(nth, **fields):
    return lambda history: history["maps"][nth].update(fields)


def statement_with(nth, old, new):
    def change(history):
        one = history["maps"][nth]
        assert old in one["statement"]
        one["statement"] = one["statement"].replace(old, new)

    return change


MAP_CHANGES = {
    "cut off": lambda history: history["events"].pop(-2) and history["events"].pop(),
    "cut off by one": lambda history: history["events"].__delitem__(slice(-2, None)),
    "cut far": lambda history: history["events"].__delitem__(slice(4, None)),
    "no maps": lambda history: history.update(maps=[]),
    "the newest map left out": lambda history: history["maps"].pop(),
    "a map of the week left out": lambda history: history["maps"].pop(-3),
    "another number": mapped_with(-1, number=19),
    "a number that is none": mapped_with(-1, number=-1),
    "another path": mapped_with(-1, map_path=[]),
    "a short hash on the path": mapped_with(-1, map_path=["AAAA"]),
    "another leaf": mapped_with(-1, leaf=3),
    "another root": statement_with(-1, "root ", "root A"),
    "another day": statement_with(-1, "days 2026-04", "days 2026-05"),
    "no such day": statement_with(-1, "days 2026-04", "days 2026-02"),
    "another beginning": statement_with(-1, "since 2026-03-01", "since 2026-03-02"),
    "no statement": mapped_with(0, statement="nothing"),
    "twice the same": lambda history: history["maps"].append(history["maps"][-1]),
    "a gap nobody recorded": lambda history: history.update(gaps=[[0, 5]]),
    "a salt of another length": with_field(1, "salt", "AAAA"),
    "from before there were maps": lambda history: history.update(
        format="openhealthcode-history-1", gaps=[]
    ),
}


def test_daily_maps_hold_in_the_browser(window, mapped):
    said = in_the_browser(window, mapped)
    assert said["findings"] == [] == by_the_program(mapped)
    assert (said["mapped"], said["lost"], said["events"]) == (10, 0, 21)


@pytest.mark.parametrize("name", MAP_CHANGES)
def test_browser_and_program_find_the_same_in_maps(window, mapped, name):
    data = changed(mapped, MAP_CHANGES[name])
    expected = by_the_program(data)
    assert expected
    said = in_the_browser(window, data)["findings"]
    assert sorted(map(str, said)) == sorted(map(str, expected))


def test_a_recorded_loss_is_told_by_both(window, tmp_path):
    log = histories.MappedLog(tmp_path)
    log.happen(6)
    log.end_day()
    log.cut(2)
    log.gaps = ((8, len(log.entries)),)
    log.happen()
    for _ in range(2):
        data = log.sealed()
        said = in_the_browser(window, data)
        assert (said["findings"], said["lost"]) == ([], 2)
        assert by_the_program(data) == []
        log.end_day()


def test_the_hash_is_sha_256(window):
    """Known answers of FIPS 180-4 and lengths around the block."""
    texts = ["", "abc", "a" * 55, "a" * 56, "a" * 63, "a" * 64, "a" * 65, "a" * 1000, "健康"]
    got = window.evaluate(
        """async (texts) => {
          const script = [...document.scripts].find((one) => one.src.includes("check-log.js"));
          const { sha256 } = await import(script.src.replace("check-log.js", "history.js"));
          const bytes = new TextEncoder();
          const hex = (data) => [...data].map((b) => b.toString(16).padStart(2, "0")).join("");
          return texts.map((text) => hex(sha256(bytes.encode(text))));
        }""",
        texts,
    )
    assert got == [hashlib.sha256(text.encode()).hexdigest() for text in texts]


def test_a_file_of_another_log_is_refused_on_the_page(site, window, tmp_path):
    """Through the file chooser, with the site's own keys."""
    own = histories.events(3)
    path = tmp_path / "history.json"
    path.write_bytes(histories.history_of(histories.log_of(tmp_path / "files", own), own))
    page = window.context.browser.new_page(locale="en")
    page.goto(f"{site}/log")
    page.set_input_files("#log-file", path)
    page.wait_for_selector("#log-answer:not([hidden])")
    answer = page.locator("#log-answer")
    assert answer.get_attribute("data-verdict") == "bad"
    assert "not a history of this log" in answer.inner_text()
    page.close()
