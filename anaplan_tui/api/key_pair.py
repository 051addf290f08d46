"""Loads a private key and the one certificate that belongs to it from PEM, DER and PKCS#12 files.

One file may hold both, in any order, between the "bag attributes" that openssl writes; a chain may begin with
its CA; PEM may come with a byte order mark, Windows line endings or in UTF-16. Nothing in a file is passed on
as it is: the certificate is extracted, matched with the key and encoded anew, so that no key leaves the
machine.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificate

_BUNDLES = {".p12", ".pfx"}
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_LARGEST_FILE = 4 * 1024 * 1024
_CANNOT_OPEN = (ValueError, TypeError, UnsupportedAlgorithm)
"""What the library raises for a wrong passphrase, damaged bytes and ciphers it does not know."""


class UnusableKey(Exception):
    """These files cannot be used for a login. ``said`` is one clause without anything of the passphrase."""

    def __init__(self, said: str, advice: str) -> None:
        self.said = said
        self.advice = advice
        super().__init__(said, advice)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA key and its certificate."""

    key: RSAPrivateKey
    certificate: Certificate

    @property
    def pem(self) -> bytes:
        """The certificate alone, newly encoded."""
        return self.certificate.public_bytes(Encoding.PEM)

    def out_of_date(self, now: datetime) -> str:
        """Why the certificate is not valid at ``now``, as one clause; empty when it is."""
        begins, ends = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if now < begins:
            return f"the certificate is not valid before {begins:%Y-%m-%d %H:%M} UTC"
        if now > ends:
            return f"the certificate expired on {ends:%Y-%m-%d %H:%M} UTC"
        return ""


def load_key_pair(private_key: Path, certificate: Path | None, passphrase: str | None) -> KeyPair:
    """Load the key and the certificate that belongs to it; of several, one that is valid now.

    Args:
        private_key: PEM or DER, or a ``.p12`` or ``.pfx`` file, which may include its certificate.
        certificate: PEM or DER, which may hold other things as well.
        passphrase: the key's; ``None`` if there is none. A ``.p12`` may have an empty one.

    Raises:
        UnusableKey: a file cannot be read, or its content cannot be used.
    """
    data = _read(private_key)
    secret = None if passphrase is None else passphrase.encode()
    if is_bundle(private_key):
        opened, candidates = _bundle(private_key, data, secret)
    else:
        opened, candidates = _private_keys(private_key, data, secret), []
    if certificate is not None:
        candidates += certificates_in(_read(certificate))
    keys = [key for key in opened if isinstance(key, RSAPrivateKey)]
    if not keys:
        raise UnusableKey(
            f"{private_key.name} holds no RSA key", "Anaplan takes RSA keys only: make another pair."
        )
    if not candidates:
        where = private_key if certificate is None else certificate
        raise UnusableKey(
            f"there is no certificate that can be read in {where.name}", "Give a PEM or DER certificate."
        )
    for key in keys:
        if ours := [found for found in candidates if _belongs(found, key)]:
            return KeyPair(key, _best(ours, datetime.now(UTC)))
    of = f"any of the {len(candidates)} certificates" if len(candidates) > 1 else "the certificate"
    raise UnusableKey(
        f"the private key in {private_key.name} does not match {of} given",
        "Give the certificate that was made for this key. Nothing was sent.",
    )


def needs_passphrase(private_key: Path) -> bool:
    """Whether the key opens only with a passphrase. A ``.p12`` always has one, though it may be empty.

    Raises ``OSError``.
    """
    data = _text_of_pem(private_key.read_bytes()[:_LARGEST_FILE])
    if is_bundle(private_key) or any(_is_locked(block) for block in _key_blocks(data)):
        return True
    return not _key_blocks(data) and _is_locked_der(data)


def holds_private_key(file: Path) -> bool:
    """Whether a PEM file holds a private key, whatever else it holds; ``False`` if it cannot be read."""
    try:
        return bool(_key_blocks(_text_of_pem(file.read_bytes()[:_LARGEST_FILE])))
    except OSError:
        return False


def is_bundle(private_key: Path) -> bool:
    """Whether the file is PKCS#12, judged by its name, as the configuration does."""
    return private_key.suffix.lower() in _BUNDLES


def certificates_in(data: bytes) -> list[Certificate]:
    """Every readable certificate in a PEM or DER file; anything else is skipped."""
    data = _text_of_pem(data)
    found = []
    for kind, block in _blocks(data):
        if kind.endswith(b"CERTIFICATE"):
            # Also what openssl calls X509 or TRUSTED CERTIFICATE.
            plain = block.replace(kind, b"CERTIFICATE")
            found += _readable(load_pem_x509_certificate, plain)
    return found or _readable(load_der_x509_certificate, data)


def _readable(load: Callable[[bytes], Certificate], data: bytes) -> list[Certificate]:
    try:
        return [load(data)]
    except _CANNOT_OPEN:
        return []


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UnusableKey(
            f"{path} cannot be read ({reason})", "Check the path and the rights of the file."
        ) from None
    if len(data) > _LARGEST_FILE:
        raise UnusableKey(f"{path} is too large to be a key or certificate", "Check the path.")
    return data


def _text_of_pem(data: bytes) -> bytes:
    """Convert PEM that an editor or PowerShell saved in UTF-16; leave everything else as it is."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    return data


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in _BLOCK.finditer(data):
        yield match[1], match[0]


def _key_blocks(data: bytes) -> list[bytes]:
    return [block for kind, block in _blocks(data) if kind.endswith(b"PRIVATE KEY")]


def _is_locked(block: bytes) -> bool:
    # PKCS#8 says so in its first line, the traditional form in a header below it.
    return b"ENCRYPTED" in block[:200]


def _is_locked_der(data: bytes) -> bool:
    try:
        load_der_private_key(data, None)
    except TypeError:
        return True
    except _CANNOT_OPEN:
        pass
    return False


def _bundle(path: Path, data: bytes, secret: bytes | None) -> tuple[list[PrivateKeyTypes], list[Certificate]]:
    try:
        key, own, others = pkcs12.load_key_and_certificates(data, secret)
    except _CANNOT_OPEN:
        raise _not_opened(path, secret) from None
    return ([] if key is None else [key]), ([] if own is None else [own]) + list(others)


def _private_keys(path: Path, data: bytes, secret: bytes | None) -> list[PrivateKeyTypes]:
    data = _text_of_pem(data)
    blocks = _key_blocks(data)
    # A passphrase in the environment may be meant for another profile's key: only locked keys get it.
    if blocks:
        return [_opened(path, load_pem_private_key, b, secret if _is_locked(b) else None) for b in blocks]
    if _BLOCK.search(data):
        raise UnusableKey(f"there is no private key in {path.name}", "Give the file that holds the key.")
    return [_opened(path, load_der_private_key, data, secret if _is_locked_der(data) else None)]


def _opened(
    path: Path,
    load: Callable[[bytes, bytes | None], PrivateKeyTypes],
    data: bytes,
    secret: bytes | None,
) -> PrivateKeyTypes:
    try:
        return load(data, secret)
    except _CANNOT_OPEN:
        raise _not_opened(path, secret) from None


def _not_opened(path: Path, secret: bytes | None) -> UnusableKey:
    # The library's words would not help: they are the same for a wrong passphrase and a damaged file.
    if secret is None:
        return UnusableKey(
            f"the key in {path.name} cannot be read, or it has a password and none was given",
            "Give a PEM or DER key, or a .p12 or .pfx file, and its password.",
        )
    return UnusableKey(
        f"the key in {path.name} does not open with the password given",
        "Check private_key_password_command or ANAPLAN_TUI_PRIVATE_KEY_PASSWORD; else the file is damaged.",
    )


def _belongs(certificate: Certificate, key: RSAPrivateKey) -> bool:
    try:
        return certificate.public_key() == key.public_key()
    except _CANNOT_OPEN:
        return False


def _best(certificates: list[Certificate], now: datetime) -> Certificate:
    """Pick from several for one key, as after a renewal: one that is valid now, else the last to end."""
    return max(
        certificates,
        key=lambda c: (c.not_valid_before_utc <= now <= c.not_valid_after_utc, c.not_valid_after_utc),
    )
