"""Every parser of what strangers wrote, over its examples and over spoilt ones.

What a coverage-guided fuzzer does for minutes (``make fuzz``) this does for a moment, everywhere.
"""

from __future__ import annotations

from random import Random

import pytest

from fuzz.targets import TARGETS, Target, attempted, mutations

ROUNDS = 400


@pytest.mark.parametrize("name", TARGETS)
def test_spoilt_examples_are_refused_with_an_expected_error(name):
    target = TARGETS[name]
    seeds = target.seeds()
    for data in (b"", *seeds, *mutations(seeds, ROUNDS, Random(name))):
        attempted(target, data)


@pytest.mark.parametrize("name", TARGETS)
def test_an_example_is_worth_beginning_from(name):
    """A fuzzer that begins with what is refused at once learns nothing."""
    target = TARGETS[name]
    assert all(0 < len(seed) <= target.longest for seed in target.seeds())


def test_a_target_tells_of_what_nobody_expected():
    def careless(data: bytes) -> None:
        data.decode()

    target = Target(careless, lambda: [b"x"])
    with pytest.raises(UnicodeDecodeError):
        attempted(target, b"\xff")
