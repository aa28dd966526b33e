"""The whole month: honest work and misdeeds in one stream, in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from insiders import misdeeds, unseen
from insiders.duty import DAY, DAYS, Duty, Glance
from insiders.misdeeds import Culprits, Story
from insiders.world import World


@dataclass
class Month:
    world: World
    stories: list[Story]
    _duty: Duty

    def glances(self) -> Iterator[Glance]:
        """Everything, day by day; the stream can be had once."""
        waiting = sorted((one for story in self.stories for one in story.glances), reverse=True)
        carried: list[Glance] = []
        for day, honest in enumerate(self._duty.days()):
            end = (day + 1) * DAY
            today = carried + honest
            while waiting and waiting[-1].when < end:
                today.append(waiting.pop())
            carried = [one for one in today if one.when >= end]
            yield from sorted(one for one in today if one.when < end)
        yield from sorted(carried + waiting)

    @property
    def days(self) -> int:
        return DAYS


def month(seed: int, lacking: float, *, with_unseen: bool) -> Month:
    """A month of one seed; ``lacking``: what part of the visits leaves no proofs."""
    world = World(seed, lacking)
    duty = Duty(world, seed)
    culprits = Culprits(world, duty, seed)
    told = misdeeds.stories(culprits, misdeeds.KINDS)
    if with_unseen:
        told += misdeeds.stories(culprits, unseen.KINDS, len(told), are_unseen=True)
        told += misdeeds.stories(culprits, unseen.BELIEVED, len(told), are_unseen=True)
    return Month(world, told, duty)
