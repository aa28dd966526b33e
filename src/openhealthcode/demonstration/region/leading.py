"""The people the demonstration tells of: the same in every region, whatever the seed."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from openhealthcode.demonstration.region.households import Family, Settlement, marry
from openhealthcode.demonstration.region.institutions import Staff
from openhealthcode.demonstration.region.names import Name
from openhealthcode.demonstration.region.people import DAYS_OF_YEAR, Person
from openhealthcode.demonstration.region.place import COUNTY_DIVISION, Home, draw_home
from openhealthcode.standards import Sex

LEADING: Final = MappingProxyType(
    {
        "resident": "li-chunlan",
        "husband": "zhang-guoqiang",
        "daughter": "zhang-hui",
        "grandchild": "chen-yinuo",
        "hidden-diagnosis": "zheng-ziang",
        "emergency": "zhou-deshan",
        "physician": "wang-min",
        "emergency-physician": "zhao-qihang",
        "family-doctor": "lin-yue",
        "pharmacist": "chen-li",
        "registrar": "sun-xiaoyan",
    }
)
"""Part in the demonstration → key of the resident or practitioner who plays it."""

_PHONES: Final = {
    "li-chunlan": "19900001959",
    "zhang-guoqiang": "19900001957",
    "zhang-hui": "19900001987",
    "chen-zhiyuan": "19900001985",
    "zheng-ziang": "19900001999",
    "zhou-deshan": "19900001950",
    "wu-guiying": "19900001952",
}
RESERVED_PHONES: Final = frozenset(_PHONES.values())


def settle_leading(settlement: Settlement, staff: Staff) -> None:
    """Let them move in before everybody else."""
    _li_and_zhang(settlement)
    _zhang_and_chen(settlement)
    _zheng(settlement)
    _zhou_and_wu(settlement)
    for person in settlement.people:
        if person.key in ("li-chunlan", "zhang-guoqiang", "zhang-hui", "chen-yinuo"):
            person.family_doctor = staff.one("lin-yue")


class _Cast:
    """Makes one fixed household."""

    def __init__(self, settlement: Settlement, neighbourhood: str, line: str = "") -> None:
        home = draw_home(settlement.rng, neighbourhood)
        self.family = Family(settlement, Home(home.neighbourhood, line) if line else home)
        self.family.is_dotted = False
        self.settlement = settlement

    def person(self, key: str, name: Name, sex: Sex, age: int, days: int, sequence: int) -> Person:
        """Somebody who turned ``age`` so many days ago."""
        birth = self._birthday(age, days)
        number = self.settlement.numbers.reserve(COUNTY_DIVISION, birth, sequence)
        person = Person(key, name, sex, birth, number, self.family.home, "")
        person.phone = _PHONES.get(key, "")
        person.story = key
        self.family.members.append(person)
        self.settlement.fixed_names.add(name.text)
        return person

    def _birthday(self, age: int, days: int) -> date:
        turned = self.settlement.today - timedelta(days=days)
        try:
            return turned.replace(year=turned.year - age)
        except ValueError:
            return date(turned.year - age, 2, 28)

    def ago(self, years: float) -> date:
        """The day so many years ago."""
        return self.settlement.today - timedelta(days=round(years * DAYS_OF_YEAR))


def _li_and_zhang(settlement: Settlement) -> None:
    cast = _Cast(settlement, "nanqiao", "南桥社区桥南路18号3栋2单元501室")
    li = cast.person("li-chunlan", Name("李", "春兰"), Sex.FEMALE, 67, 220, 62)
    li.body_mass, li.stature = 25.6, 0.1
    zhang = cast.person("zhang-guoqiang", Name("张", "国强"), Sex.MALE, 69, 130, 31)
    zhang.body_mass, zhang.smokes, zhang.drinks = 26.2, True, True
    zhang.fates = {
        "gout": cast.ago(9.2),
        "hypertension": cast.ago(12.7),
        "prostate": cast.ago(3.4),
        "cataract_right": cast.ago(1.6),
    }
    marry(zhang, li)
    settlement.settle(cast.family)


def _zhang_and_chen(settlement: Settlement) -> None:
    cast = _Cast(settlement, "nanqiao", "南桥社区文昌街66号7栋1单元1102室")
    chen = cast.person("chen-zhiyuan", Name("陈", "志远"), Sex.MALE, 41, 80, 57)
    chen.body_mass = 27.4
    chen.fates = {"fatty_liver": cast.ago(2.3), "ureteral_stone": cast.ago(4.1)}
    hui = cast.person("zhang-hui", Name("张", "慧"), Sex.FEMALE, 39, 200, 44)
    hui.fates = {"thyroid_nodule": cast.ago(2.2), "gastritis": cast.ago(3.8)}
    yinuo = cast.person("chen-yinuo", Name("陈", "一诺"), Sex.FEMALE, 7, 150, 28)
    yinuo.birth_weight, yinuo.gestation, yinuo.caesarean = 3250, 39, True
    yinuo.fates = {"allergic_rhinitis": cast.ago(1.9)}
    marry(chen, hui)
    cast.family.adopt(yinuo, chen, hui)
    parents = {person.key: person for person in settlement.people}
    cast.family.adopt(hui, parents["zhang-guoqiang"], parents["li-chunlan"])
    hui.guardian = None
    settlement.settle(cast.family)


def _zheng(settlement: Settlement) -> None:
    cast = _Cast(settlement, "beimen")
    zheng = cast.person("zheng-ziang", Name("郑", "子昂"), Sex.MALE, 27, 90, 73)
    zheng.body_mass, zheng.stature = 21.8, 0.6
    zheng.fates = {"hiv": cast.ago(5.3), "allergic_rhinitis": cast.ago(7.4)}
    settlement.settle(cast.family)


def _zhou_and_wu(settlement: Settlement) -> None:
    cast = _Cast(settlement, "beimen")
    zhou = cast.person("zhou-deshan", Name("周", "德山"), Sex.MALE, 76, 40, 17)
    zhou.body_mass = 24.4
    zhou.fates = {
        "hypertension": cast.ago(19.0),
        "sick_sinus": cast.ago(5.6),
        "atrial_fibrillation": cast.ago(4.3),
        "prostate": cast.ago(7.5),
    }
    wu = cast.person("wu-guiying", Name("吴", "桂英"), Sex.FEMALE, 74, 300, 26)
    wu.fates = {"osteoporosis": cast.ago(6.2), "knee_arthritis": cast.ago(4.4)}
    marry(zhou, wu)
    settlement.settle(cast.family)
