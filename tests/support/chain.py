"""A CA, a key and its certificate, and the file formats people keep them in."""

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate, CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _name(text: str) -> Name:
    return Name([NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Chain:
    """A fresh CA, key and certificate for each instance; valid nowhere."""

    ca_key: rsa.RSAPrivateKey = field(default_factory=_key)
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        self.ca = self._signed("ca", self.ca_key.public_key(), now - timedelta(1), now + timedelta(9))
        self.certificate = self.issue(now - timedelta(1), now + timedelta(9))

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def issue(self, begins: datetime, ends: datetime) -> Certificate:
        """Issue one more certificate for the same key."""
        return self._signed("ops", self.key.public_key(), begins, ends)

    def _signed(self, name: str, key: rsa.RSAPublicKey, begins: datetime, ends: datetime) -> Certificate:
        builder = CertificateBuilder().subject_name(_name(name)).issuer_name(_name("ca")).public_key(key)
        builder = builder.serial_number(random_serial_number())
        return builder.not_valid_before(begins).not_valid_after(ends).sign(self.ca_key, SHA256())

    def bundle(self, path: Path) -> Path:
        """Write a ``.p12`` with an empty passphrase, as openssl makes it."""
        beside = path.with_suffix(".made-of")
        beside.write_bytes(self.certificate.public_bytes(Encoding.PEM) + self.key_pem)
        make = ("openssl", "pkcs12", "-export", "-in", str(beside), "-out", str(path), "-passout", "pass:")
        subprocess.run(make, check=True, capture_output=True)
        return path

    def laid_out(self, layout: str) -> bytes:
        """Return the file that ``layout`` names: by the order of its contents, or by its oddity."""
        parts = {
            "certificate": self.certificate.public_bytes(Encoding.PEM),
            "ca": self.ca.public_bytes(Encoding.PEM),
            "key": self.key_pem,
            "broken": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        }
        plain = parts["ca"] + parts["certificate"] + parts["key"]
        match layout:
            case "bags":
                bag = b"Bag Attributes\n    friendlyName: -----ops-----\nKey Attributes: <No Attributes>\n"
                return bag + parts["key"] + bag + parts["ca"] + bag + parts["certificate"]
            case "crlf":
                return plain.replace(b"\n", b"\r\n")
            case "bom":
                return b"\xef\xbb\xbf" + plain
            case "utf16":
                return b"\xff\xfe" + plain.decode().encode("utf-16-le")
            case "der":
                return self.certificate.public_bytes(Encoding.DER)
            case "words":
                return "größe, a note\n".encode("latin-1") + plain.replace(b"-----BEGIN", b"\n-----BEGIN")
            case _:
                return b"".join(parts[name] for name in layout.split())
