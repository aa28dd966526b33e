"""High blood pressure (高血压): found, treated step by step, seen every quarter."""

from __future__ import annotations

from datetime import date
from typing import Final

from openhealthcode.demonstration.region.catalogue import DRUGS
from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import ensure, stop
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import pressure
from openhealthcode.demonstration.region.life import Chronic, Life
from openhealthcode.demonstration.region.lives.follow_up import follow

_LOWERS: Final = {
    "amlodipine": 18, "levamlodipine": 17, "nifedipine": 18, "valsartan": 15, "losartan": 14,
    "irbesartan": 15, "enalapril": 14, "perindopril": 14, "indapamide": 11, "metoprolol": 8,
    "bisoprolol": 8, "labetalol": 12, "dapagliflozin": 3,
}  # fmt: skip
"""By how many mmHg a drug lowers the systolic pressure, taken regularly."""

_SARTANS: Final = ("valsartan", "losartan", "irbesartan")
_DIPINES: Final = ("amlodipine", "nifedipine")
_SEVERITY: Final = ((160, "高血压1级"), (180, "高血压2级"), (999, "高血压3级"))
_HIGH: Final = 143
_FERTILE_UNTIL: Final = 44


def begin(life: Life) -> None:
    """Put the discovery on the agenda, or tell it when the record is opened."""
    story = Hypertension(life)
    life.befall("hypertension", story.recall, story.find)


class Hypertension(Chronic):
    """The state: which drugs come next, how high the pressure is without them."""

    programme = "高血压"
    panels = ("kidney", "lipids")

    def __init__(self, life: Life) -> None:
        """Draw how severe it is and which drugs this doctor reaches for."""
        super().__init__(life)
        rng = life.rng
        self.peak = min(max(rng.gauss(162, 9), 149), 186)
        self.steps = self._choose_steps()

    def _choose_steps(self) -> list[str]:
        rng, person = self.life.rng, self.life.person
        sartan = rng.choice(_SARTANS)
        if person.is_female and person.age_on(self.life.today) < _FERTILE_UNTIL:
            return ["nifedipine", "labetalol"]
        dipine = (
            "levamlodipine"
            if self.life.person.home.neighbourhood.is_rural
            else rng.choice(_DIPINES)
        )
        first, second = (sartan, dipine) if "diabetes" in person.fates else (dipine, sartan)
        if rng.random() < 0.2:
            first = rng.choice(("enalapril", "perindopril")) if first is not sartan else sartan
            second = dipine
        third = "metoprolol" if "gout" in person.fates else "indapamide"
        return [first, second, third]

    def find(self, day: date) -> None:
        """It is found because of a headache, or because somebody measured."""
        life = self.life
        symptom = life.rng.random() < 0.5
        place = life.first_contact if life.rng.random() < 0.6 else life.hospital("cardiology")
        visit = life.visit(day, place, "cardiology")
        visit.complain("反复头晕、头胀1月" if symptom else "体检发现血压升高2周")
        life.body.fix("systolic", self.peak)
        reading = pressure(visit)
        self.start(visit)
        if place.endswith(("people", "central")):
            examine(visit, "ecg", "窦性心律，左心室高电压。" if life.rng.random() < 0.3 else "")
        visit.note(
            f"血压{reading[0]}/{reading[1]} mmHg，3次非同日测量均≥140/90 mmHg。限盐、减重，开始药物治疗。"
        )

    def recall(self, visit: Visit, onset: str) -> None:
        """It is told when the record is opened."""
        self.life.body.fix("systolic", self.peak)
        self.start(visit, onset)

    def start(self, visit: Visit, onset: str = "") -> None:
        """Write the diagnosis down and the first drug."""
        grade = next(text for below, text in _SEVERITY if self.peak < below)
        diagnose(visit, "hypertension", text=grade, onset=onset)
        self._add_next(visit)
        if onset and self.life.rng.random() < 0.45:
            self._add_next(visit)
        follow(self, visit.day)

    def _add_next(self, visit: Visit) -> str:
        """Prescribe the next step that is not taken yet.

        Returns:
            its product, "" when the steps are used up.
        """
        while self.steps:
            key = self.steps.pop(0)
            if key not in visit.record.regimen and not self._has_same_class(key):
                ensure(visit, key, visit.record.problems["hypertension"])
                self.settle(visit.day)
                return DRUGS[key].product
        return ""

    def _has_same_class(self, key: str) -> bool:
        taken = self.life.record.regimen.keys()
        blocking = {*_SARTANS, "enalapril", "perindopril", "sacubitril_valsartan"}
        if key in blocking:
            return bool(blocking & taken)
        return key in {"metoprolol", "bisoprolol"} and bool({"metoprolol", "bisoprolol"} & taken)

    def settle(self, day: date) -> None:
        """Let the pressure approach what the drugs taken now make of it."""
        lowered = sum(_LOWERS.get(key, 0) for key in self.life.record.regimen)
        self.life.body.move(
            "systolic", max(self.peak - lowered * self.life.adherence, 122), day, 18
        )

    def review(self, visit: Visit) -> list[str]:
        """Measure; change what is not tolerated; add what is missing."""
        self.settle(visit.day)
        systolic, diastolic = pressure(visit)
        notes = [f"血压{systolic}/{diastolic} mmHg"]
        changed = self._side_effect(visit)
        if not changed and systolic >= _HIGH and self.life.rng.random() < 0.85:
            added = self._add_next(visit)
            changed = f"加用{added}" if added else "血压未达标，强调规律服药、限盐、减重"
            self.life.adherence = min(self.life.adherence + 0.05, 1.0)
        return [*notes, changed] if changed else notes

    def _side_effect(self, visit: Visit) -> str:
        regimen, rng = visit.record.regimen, self.life.rng
        for drugs, why, chance in (
            (("enalapril", "perindopril"), "干咳", 0.2),
            (("amlodipine", "nifedipine"), "踝部水肿", 0.02),
        ):
            for key in drugs:
                if key in regimen and rng.random() < chance and self.steps:
                    stop(visit, key, why)
                    self._tolerate(key)
                    instead = self._add_next(visit)
                    return f"诉{why}，停用{DRUGS[key].product}" + (
                        f"，改用{instead}" if instead else ""
                    )
        return ""

    def _tolerate(self, stopped: str) -> None:
        """What replaces a drug that was not tolerated works in another way."""
        if stopped in ("enalapril", "perindopril"):
            self.steps.insert(0, "valsartan")
        elif not any(step in _SARTANS for step in self.steps):
            self.steps.insert(
                0, "irbesartan" if not self._has_same_class("irbesartan") else "indapamide"
            )
