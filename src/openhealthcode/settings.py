"""Everything an operator can set, read once from the environment; nothing else reads it.

A variable that begins with ``OHC_`` and is none of these stops the program: a misspelt setting
must not pass in silence. An empty one counts as unset. ``OHC_TEST_`` is left to the tests.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

from openhealthcode.standards import HealthCodeError, NotAPhone, Phone, RecordCategory

_PREFIX: Final = "OHC_"
_NOT_OURS: Final = "OHC_TEST_"


class SettingRefused(HealthCodeError, ValueError):
    """A setting cannot be used as it is."""

    code = "setting-refused"


@dataclass(frozen=True, slots=True)
class Settings:
    """One value for each ``OHC_`` variable; ``docs/operations/settings.md`` lists them."""

    data_directory: Annotated[
        Path,
        "Where our own database, keys and log lie. Unset: `/var/lib/openhealthcode` as root, else"
        " `openhealthcode` in the user's data folder. `ohc demo` keeps to its folder `demo`.",
    ]
    database_url: Annotated[
        str,
        "PostgreSQL to use, as a member of `ohc_app`. Unset: the one we bring is started.",
    ] = field(default="", repr=False)
    database_owner_url: Annotated[
        str, "The same database as its owner, for migrations. Unset: `OHC_DATABASE_URL`."
    ] = field(default="", repr=False)
    database_connections: Annotated[
        int, "Connections to the database for each process, at the most."
    ] = 16
    key_directory: Annotated[Path | None, "The key store. Unset: `keys` in the data directory."] = (
        None
    )
    log_directory: Annotated[Path | None, "The public log. Unset: `log` in the data directory."] = (
        None
    )
    log_origin: Annotated[
        str, "The name the log's checkpoints are signed under; keep it for good."
    ] = "openhealthcode.invalid/log"
    witness_policy: Annotated[
        Path | None,
        "A file that names the witnesses of the log, where they are reached, and how many of them"
        " have to see a head before it is published (c2sp.org/tlog-policy). Unset: nobody has to.",
    ] = None
    region_number: Annotated[
        int, "This region's number among the issuers of health codes, 0-2047."
    ] = 0
    region_division: Annotated[
        int,
        "This region's division code (GB/T 2260), as signed codes name it. The default is of nobody.",
    ] = 880_000
    suite: Annotated[
        str,
        "What new data are sealed with: `aes-256-gcm`, or `sm4-gcm` for the national algorithms:"
        " health codes are then sealed by SM3 and SM4 and signed by SM2 as well.",
    ] = "aes-256-gcm"
    national_card_keys: Annotated[
        Path | None,
        "A file with the security and the protection key of the national electronic health card,"
        " hexadecimal, a line each, readable by its owner alone; taken over before the first card"
        " is made. Unset: keys of our own, whose cards no other system knows.",
    ] = None
    national_card_main_index: Annotated[
        str,
        "The rule that makes the main index of a national electronic health card:"
        " `sm3-certificate`, `sm3-certificate-name`, or the name of an installed package's.",
    ] = "sm3-certificate"
    host: Annotated[str, "The address to listen at."] = "127.0.0.1"
    port: Annotated[int, "The port to listen at."] = 8000
    public_url: Annotated[
        str, "Where this service is reached, `https://…`. Unset: as its callers name it."
    ] = ""
    workers: Annotated[int, "Processes of `ohc serve`; about one for each core."] = 1
    tls_certificate: Annotated[Path | None, "Certificate chain (PEM) of `ohc serve`."] = None
    tls_key: Annotated[Path | None, "Private key (PEM) of that certificate."] = None
    trusted_proxies: Annotated[
        str,
        "Addresses of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed,"
        " with commas between them.",
    ] = ""
    sms_gateway_url: Annotated[
        str, "Where messages to telephones are posted. Unset: residents cannot sign in."
    ] = ""
    sms_gateway_token: Annotated[str, "The bearer token for it."] = field(default="", repr=False)
    sms_codes_per_hour: Annotated[
        int, "Sign-in codes the whole service sends in an hour, at the most."
    ] = 20_000
    duty_phones: Annotated[
        str,
        "Telephones of those on duty for the region, with commas between them: told within seconds"
        " when somebody was made to answer. Unset: the supervisor's pages alone say so.",
    ] = field(default="", repr=False)
    kept_from_guardians: Annotated[
        str,
        "Categories of the record that guardians of residents aged 14 to 17 do not see unless the"
        " resident says otherwise, with commas between them, e.g. `laboratory,conditions`. Closed"
        " kinds are never theirs by default. Unset: the rest is.",
    ] = ""
    read_budgets: Annotated[
        Path | None,
        "A file with limits on how many residents one reader reads of in a day, as"
        " `access/budgets/limits.toml` has them. Unset: those of the release.",
    ] = None
    ballast_megabytes: Annotated[
        int,
        "Room kept on the disk of the data directory. With half as much left nothing more is taken in,"
        " and reading goes on with it. 0 keeps none.",
    ] = 64
    sharing_agreements: Annotated[
        str,
        "`required`: nothing leaves for a system, partner or region for which no sharing agreement"
        " was signed. `noted`: such transfers are listed for the supervisor and go on; what was"
        " signed always limits.",
    ] = "noted"
    largest_body_bytes: Annotated[int, "How much a request may carry."] = 20_000_000
    request_seconds: Annotated[int, "How long a request may take until its answer begins."] = 30
    refusals_per_second: Annotated[
        int,
        "How often one sender, or one address, is refused in a second before it waits for the next.",
    ] = 100
    sequencing_seconds: Annotated[int, "How often new events are brought into the public log."] = 1
    log_level: Annotated[str, "What is told: `debug`, `info`, `warning` or `error`."] = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the ``OHC_`` variables.

        Raises:
            SettingRefused: an unknown name, or a value that is no number where one is needed.
        """
        given = os.environ if environment is None else environment
        kinds = get_type_hints(cls)
        ours = {
            name.removeprefix(_PREFIX).lower(): text
            for name, text in given.items()
            if name.startswith(_PREFIX) and not name.startswith(_NOT_OURS) and text
        }
        if unknown := sorted(map(variable, ours.keys() - kinds.keys())):
            raise SettingRefused(f"there is no setting {', '.join(unknown)}")
        values = {name: _read(kinds[name], name, text) for name, text in ours.items()}
        return cls(**({"data_directory": usual_place(given)} | values))

    @property
    def owner_url(self) -> str:
        """The database as its owner."""
        return self.database_owner_url or self.database_url

    @property
    def cluster_at(self) -> Path:
        """Where the PostgreSQL we bring keeps its data."""
        return self.data_directory / "postgres"

    @property
    def keys_at(self) -> Path:
        """Where the key store lies."""
        return self.key_directory or self.data_directory / "keys"

    @property
    def log_at(self) -> Path:
        """Where the public log lies."""
        return self.log_directory or self.data_directory / "log"

    @property
    def proxies(self) -> list[str]:
        """The addresses of the trusted proxies."""
        return [address.strip() for address in self.trusted_proxies.split(",") if address.strip()]

    @property
    def confidential_at_14(self) -> frozenset[RecordCategory]:
        """The categories kept from guardians by default.

        Raises:
            SettingRefused: one is no category.
        """
        named = {each.strip() for each in self.kept_from_guardians.split(",") if each.strip()}
        if not named <= set(RecordCategory):
            name = variable("kept_from_guardians")
            raise SettingRefused(f"{name} holds what is no category of a record")
        return frozenset(map(RecordCategory, named))

    @property
    def on_duty(self) -> tuple[Phone, ...]:
        """The telephones of those on duty.

        Raises:
            SettingRefused: one is no telephone number.
        """
        try:
            return tuple(Phone.parse(each) for each in self.duty_phones.split(",") if each.strip())
        except NotAPhone:
            raise SettingRefused(f"{variable('duty_phones')} holds what is no telephone") from None

    @property
    def has_tls(self) -> bool:
        """Whether we answer in TLS ourselves."""
        return self.tls_certificate is not None and self.tls_key is not None


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return _PREFIX + name.upper()


def usual_place(environment: Mapping[str, str]) -> Path:
    """Where an operator would look for our data."""
    if os.geteuid() == 0:
        return Path("/var/lib/openhealthcode")
    base = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "openhealthcode"


def _read(kind: object, name: str, text: str) -> Any:  # noqa: ANN401 - what ``kind`` says
    if kind is str:
        return text
    if kind is not int:
        return Path(text)
    try:
        number = int(text)
    except ValueError:
        raise SettingRefused(f"{variable(name)} is not a number") from None
    if number < 0:
        raise SettingRefused(f"{variable(name)} is below zero")
    return number
