"""The algorithms of the national electronic health card (电子健康卡): SM4 under two keys.

The *security key* (安全密钥) makes card ids. The eight-byte groups of a person's main index, combined
by exclusive or, and their complement are encrypted under it to that person's own key, under which the
kind and number of a certificate, padded with zeros to 32 bytes, become the card's id. The
*protection key* (保护密钥) makes the validity of a dynamic code: fourteen digits of time as seven
bytes, padded with zeros to sixteen. All of it is SM4 in ECB mode, as the specification has it: the
validity is bound to no card, which is why such a code identifies and proves nothing here.

Source: the national specification as a public implementation's test quotes it, with all its
intermediate values (``docs/conformance.md``); GB/T 32907 (SM4).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from openhealthcode.standards import OFFICIAL_TIME, InvalidInput
from openhealthcode.trust.model import UnsuitableKeyStore, UntrustedCode

KEY_BYTES: Final = 16
MAIN_INDEX_BYTES: Final = 32
CARD_ID_BYTES: Final = 32
VALIDITY_BYTES: Final = 16

_GROUP_BYTES: Final = 8
_MOMENT: Final = "%Y%m%d%H%M%S"
_MOMENT_BYTES: Final = 7


class NationalCardKeys:
    """Makes card ids and validities under the keys the card's scheme was given."""

    __slots__ = ("_protection", "_security")

    def __init__(self, security: bytes, protection: bytes) -> None:
        self._security = security
        self._protection = protection

    def card_id(self, main_index: bytes, certificate_kind: str, number: str) -> bytes:
        """The 32 bytes of a card's id.

        Args:
            main_index: 32 bytes that stand for the person.
            certificate_kind: two digits of WS 364.3 CV02.01.101.
            number: as on the certificate.

        Raises:
            InvalidInput: kind and number are too long for a card, or the index is not 32 bytes.
        """
        content = (certificate_kind + number).encode()
        if len(main_index) != MAIN_INDEX_BYTES or len(content) > CARD_ID_BYTES:
            raise InvalidInput("this certificate's number does not fit a national card")
        own = _encrypted(self._security, _dispersion(main_index))
        return _encrypted(own, content.ljust(CARD_ID_BYTES, b"\0"))

    def validity(self, until: datetime) -> bytes:
        """The sixteen bytes that say until when a dynamic code is good, to the second."""
        digits = until.astimezone(OFFICIAL_TIME).strftime(_MOMENT)
        return _encrypted(self._protection, bytes.fromhex(digits).ljust(VALIDITY_BYTES, b"\0"))

    def open_validity(self, block: bytes) -> datetime:
        """Until when a dynamic code says to be good.

        Raises:
            UntrustedCode: not made under this protection key.
        """
        plain = _decrypted(self._protection, block)
        try:
            if any(plain[_MOMENT_BYTES:]):
                raise UntrustedCode
            moment = datetime.strptime(plain[:_MOMENT_BYTES].hex(), _MOMENT)  # noqa: DTZ007 - next line
        except ValueError:
            raise UntrustedCode from None
        return moment.replace(tzinfo=OFFICIAL_TIME).astimezone(UTC)


def read_card_keys(path: Path) -> tuple[bytes, bytes]:
    """The security and the protection key from a file: hexadecimal, a line each.

    Raises:
        UnsuitableKeyStore: there is no such file, others can read it, or it holds something else.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise UnsuitableKeyStore(
                "the national card's keys are readable by others; chmod 600 it"
            )
        security, protection = map(bytes.fromhex, path.read_text("ascii").split())
    except (OSError, ValueError):
        raise UnsuitableKeyStore("the national card's keys are two lines of hexadecimal") from None
    return security, protection


def _dispersion(main_index: bytes) -> bytes:
    """Sixteen bytes that differ from person to person: the factor and its complement."""
    factor = 0
    for start in range(0, MAIN_INDEX_BYTES, _GROUP_BYTES):
        factor ^= int.from_bytes(main_index[start : start + _GROUP_BYTES])
    written = factor.to_bytes(_GROUP_BYTES)
    return written + bytes(byte ^ 0xFF for byte in written)


def _encrypted(key: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 - as specified
    return encryptor.update(data) + encryptor.finalize()


def _decrypted(key: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()  # noqa: S305 - as specified
    return decryptor.update(data) + decryptor.finalize()
