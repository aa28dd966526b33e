"""Where this machine gets its Python packages from: what uv or pip have been told, or the public index.

uv reads its own settings and none of pip's; a machine behind a mirror usually has only pip's. Extra
indexes are not passed on: every file is pinned by hash, so one index must offer them all.
"""

from __future__ import annotations

import configparser
import netrc
import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPSHandler, OpenerDirector, Request, build_opener

PUBLIC = "https://pypi.org/simple"
_MACOS_CERTIFICATES = Path("/etc/ssl/cert.pem")  # for a Python that was built without any


@dataclass(frozen=True)
class PackageIndex:
    """One index, or with ``only_folders`` nothing but folders of wheels."""

    url: str = PUBLIC
    folders: tuple[str, ...] = ()
    only_folders: bool = False
    certificates: str = ""
    trusted_hosts: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The address without the password it may hold."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    def environment(self) -> dict[str, str]:
        """What uv must be told to use this index."""
        told = {"UV_SYSTEM_CERTS": "1"}
        if self.only_folders:
            told["UV_FIND_LINKS"] = ",".join(self.folders)
        else:
            told["UV_DEFAULT_INDEX"] = self.url
        if self.certificates:
            told["SSL_CERT_FILE"] = self.certificates
        if self.trusted_hosts:
            told["UV_INSECURE_HOST"] = ",".join(self.trusted_hosts)
        return told

    def options(self) -> list[str]:
        """What uv must be told in the command, having no variable for it."""
        return ["--no-index"] if self.only_folders else []

    def opener(self) -> OpenerDirector:
        """Opens addresses with the certificates, proxies and exceptions of this machine."""
        context = ssl.create_default_context(cafile=self.certificates or None)
        has_none = not self.certificates and not context.cert_store_stats()["x509_ca"]
        if has_none and _MACOS_CERTIFICATES.exists():
            context.load_verify_locations(_MACOS_CERTIFICATES)
        if urlsplit(self.url).hostname in self.trusted_hosts:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE  # as pip does; the file is checked by its hash
        return build_opener(HTTPSHandler(context=context))


def request(url: str, accept: str = "*/*") -> Request:
    """A request that signs in with what the address or ``~/.netrc`` says."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if not user:
        user, password = _from_netrc(parts.hostname or "")
    asked = Request(bare, headers={"Accept": accept, "User-Agent": "openhealthcode-setup"})  # noqa: S310
    if user:
        credentials = b64encode(f"{user}:{password}".encode()).decode()
        asked.add_unredirected_header("Authorization", f"Basic {credentials}")
    return asked


def configured(environment: Mapping[str, str], home: Path) -> PackageIndex:
    """The index of this machine: uv's variables, pip's, uv's files, pip's files, the public one."""
    pip = _pip_settings(environment, home)
    url = (
        environment.get("UV_DEFAULT_INDEX")
        or environment.get("UV_INDEX_URL")
        or environment.get("PIP_INDEX_URL")
        or _uv_setting(environment, home)
        or pip.get("index-url")
        or PUBLIC
    )
    folders = environment.get("UV_FIND_LINKS", "").split(",") + pip.get("find-links", "").split()
    no_index = environment.get("UV_NO_INDEX") or pip.get("no-index", "")
    return PackageIndex(
        url=url.strip(),
        folders=tuple(filter(None, folders)),
        only_folders=no_index.lower() in {"1", "true", "yes", "on"},
        certificates=environment.get("SSL_CERT_FILE") or pip.get("cert", ""),
        trusted_hosts=tuple(pip.get("trusted-host", "").split()),
    )


def _pip_settings(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    config_home = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    places = [
        Path("/etc/xdg/pip/pip.conf"),
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        config_home / "pip" / "pip.conf",
    ]
    if environment.get("PIP_CONFIG_FILE"):
        places.append(Path(environment["PIP_CONFIG_FILE"]))
    parser = configparser.RawConfigParser()
    parser.read([place for place in places if os.access(place, os.R_OK)], encoding="utf-8")
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            settings.update(parser.items(section))
    for name in ("index-url", "find-links", "no-index", "cert", "trusted-host"):
        value = environment.get(f"PIP_{name.upper().replace('-', '_')}")
        if value:
            settings[name] = value
    return settings


def _uv_setting(environment: Mapping[str, str], home: Path) -> str:
    import tomllib  # noqa: PLC0415 - absent from the old Pythons this file must load on

    config_home = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    places = [config_home / "uv" / "uv.toml", Path("/etc/uv/uv.toml")]
    if environment.get("UV_CONFIG_FILE"):
        places.insert(0, Path(environment["UV_CONFIG_FILE"]))
    for place in places:
        if os.access(place, os.R_OK):
            settings = tomllib.loads(place.read_text(encoding="utf-8"))
            for index in settings.get("index", []):
                if index.get("default"):
                    return str(index["url"])
            found = settings.get("index-url") or settings.get("pip", {}).get("index-url")
            if found:
                return str(found)
    return ""


def _from_netrc(host: str) -> tuple[str, str]:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return "", ""
    return (found[0], found[2]) if found and found[0] and found[2] else ("", "")
