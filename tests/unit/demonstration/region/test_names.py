"""Names of their time, and how they are romanised."""

from random import Random

import pypinyin
import pytest

from openhealthcode.demonstration.region import names
from openhealthcode.demonstration.region.names import Name
from openhealthcode.demonstration.region.tables import table
from openhealthcode.standards import Sex

TOLERATED = set(
    "佑行长单曾仇解盖查区尉迟宁占应车阳缪和卜全娄明苟尚奚俞石涂凌隋牟褚封来喻葛翁朝若媛予"
)
"""Characters with several sounds: the one used in names is not the dictionary's first."""


@pytest.mark.parametrize(
    ("surname", "given", "romanised"),
    [
        ("王", "敏", "Wang Min"),
        ("欧阳", "晓燕", "Ouyang Xiaoyan"),
        ("曾", "志强", "Zeng Zhiqiang"),
        ("单", "丽", "Shan Li"),
        ("吕", "芳", "Lu Fang"),
    ],
)
def test_names_are_romanised_as_on_a_door_plate(surname: str, given: str, romanised: str):
    assert Name(surname, given).romanised == romanised


def test_a_dotted_name_has_the_fathers_name_after_the_dot():
    name = names.draw_dotted(Random(1), Sex.FEMALE, "艾山")
    assert name.is_dotted
    assert name.text.endswith("·艾山")


def test_the_sounds_agree_with_the_dictionary():
    for row in table("given_characters"):
        sounds = pypinyin.pinyin(row["character"], style=pypinyin.Style.TONE, heteronym=True)[0]
        assert row["pinyin"] in sounds or row["character"] in TOLERATED, row
    for row in table("surnames"):
        if len(row["surname"]) == 1 and row["surname"] not in TOLERATED:
            found = pypinyin.pinyin(row["surname"], style=pypinyin.Style.TONE, heteronym=True)[0]
            assert row["pinyin"] in found, row


def test_a_given_name_belongs_to_its_time():
    rng = Random(3)
    old = [names.draw_given(rng, Sex.FEMALE, 1948) for _ in range(300)]
    young = [names.draw_given(rng, Sex.FEMALE, 2018) for _ in range(300)]
    assert any("秀" in name for name in old)
    assert not any("秀" in name for name in young)
    assert any("涵" in name for name in young)
    assert not any("梓" in name for name in old)


def test_every_popular_name_can_be_romanised():
    for row in table("given_names"):
        assert Name("王", row["name"]).romanised.startswith("Wang ")
        assert int(row["from_year"]) < int(row["to_year"])
