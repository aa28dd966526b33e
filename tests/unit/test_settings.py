"""Settings: each documented, none unknown, none misread."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import get_type_hints

import pytest

from openhealthcode.settings import SettingRefused, Settings, usual_place, variable
from openhealthcode.standards import RecordCategory

_PAGE = (Path(__file__).parents[2] / "docs" / "operations" / "settings.md").read_text("utf-8")


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default(setting):
    unset = setting.default in (MISSING, None, "")
    default = "" if unset else f"`{setting.default}`"
    sentence = get_type_hints(Settings, include_extras=True)[setting.name].__metadata__[0]
    assert f"| `{variable(setting.name)}` | {default} | {sentence} |" in _PAGE


def test_nothing_else_is_documented():
    known = {variable(setting.name) for setting in fields(Settings)}
    rows = [line.split("`")[1] for line in _PAGE.splitlines() if line.startswith("| `OHC_")]
    assert set(rows) == known
    assert len(rows) == len(known)


def test_a_misspelt_setting_stops_the_program():
    with pytest.raises(SettingRefused, match="OHC_DATABSE_URL"):
        Settings.from_environment({"OHC_DATABSE_URL": "postgresql:///x"})


def test_variables_of_tests_and_of_others_are_left_alone():
    Settings.from_environment({"OHC_TEST_POSTGRES": "system", "HOME": "/root", "PORT": "x"})


@pytest.mark.parametrize("text", ["eight", "-1", "8000.0"])
def test_a_number_that_is_none_is_refused_without_being_repeated(text):
    with pytest.raises(SettingRefused, match="OHC_PORT is") as refused:
        Settings.from_environment({"OHC_PORT": text})
    assert "eight" not in str(refused.value)


def test_an_empty_variable_counts_as_unset():
    settings = Settings.from_environment({"OHC_PORT": "", "OHC_KEY_DIRECTORY": ""})
    assert settings.port == 8000
    assert settings.keys_at == settings.data_directory / "keys"


def test_values_are_read_as_what_they_are():
    settings = Settings.from_environment({"OHC_PORT": "8443", "OHC_DATA_DIRECTORY": "/srv/ohc"})
    assert settings.port == 8443
    assert settings.keys_at == Path("/srv/ohc/keys")
    assert settings.log_at == Path("/srv/ohc/log")


def test_the_database_password_is_not_shown_with_the_settings():
    settings = Settings.from_environment({"OHC_DATABASE_URL": "postgresql://a:secret@b/c"})
    assert "secret" not in repr(settings)
    assert settings.owner_url == settings.database_url


def test_trusted_proxies_are_named_one_by_one():
    settings = Settings.from_environment({"OHC_TRUSTED_PROXIES": "10.0.0.1, ::1,"})
    assert settings.proxies == ["10.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("user", "environment", "place"),
    [
        (0, {"XDG_DATA_HOME": "/x"}, "/var/lib/openhealthcode"),
        (1000, {"XDG_DATA_HOME": "/x"}, "/x/openhealthcode"),
        (1000, {}, str(Path.home() / ".local/share/openhealthcode")),
    ],
)
def test_data_lie_where_an_operator_looks_for_them(monkeypatch, user, environment, place):
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert usual_place(environment) == Path(place)


def test_those_on_duty_are_telephones_and_what_is_kept_are_categories():
    set_ = Settings.from_environment(
        {"OHC_DUTY_PHONES": "13912345678, 13912345679,", "OHC_KEPT_FROM_GUARDIANS": "laboratory"}
    )
    assert [phone.number for phone in set_.on_duty] == ["+8613912345678", "+8613912345679"]
    assert set_.confidential_at_14 == {RecordCategory.LABORATORY}
    unset = Settings.from_environment({})
    assert (unset.on_duty, unset.confidential_at_14) == ((), frozenset())
    for name, text in (("DUTY_PHONES", "somebody"), ("KEPT_FROM_GUARDIANS", "horoscope")):
        wrong = Settings.from_environment({f"OHC_{name}": text})
        with pytest.raises(SettingRefused, match=name):
            assert wrong.on_duty is wrong.confidential_at_14
