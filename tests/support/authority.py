"""CAs as companies run them, and server certificates wrong in every way."""

import ipaddress
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    DNSName,
    GeneralName,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _host(name: str) -> GeneralName:
    try:
        return IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return DNSName(name)


@dataclass
class Authority:
    """A CA that signs whatever it is asked to, without key identifiers, as many firewalls do."""

    directory: Path
    common_name: str = "Corp Inspection CA"
    organization: str = "Example Firewalls Ltd"
    lasts: timedelta = 9 * DAY
    key: ec.EllipticCurvePrivateKey = field(default_factory=_key)

    def __post_init__(self) -> None:
        self.certificate = self._signed(
            self.name, self.name, self.key, now() - 9 * DAY, now() + self.lasts, ca=True
        )
        self.file = self.directory / f"{self.common_name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    @property
    def name(self) -> Name:
        return Name(
            [
                NameAttribute(NameOID.COMMON_NAME, self.common_name),
                NameAttribute(NameOID.ORGANIZATION_NAME, self.organization),
            ]
        )

    def server(
        self, *hosts: str, begins: timedelta = -DAY, ends: timedelta = DAY, by_itself: bool = False
    ) -> ssl.SSLContext:
        """Return a TLS context with a certificate for ``hosts``, valid between these times from now."""
        certificate, key = self.files(*hosts, begins=begins, ends=ends, by_itself=by_itself)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def files(
        self, *hosts: str, begins: timedelta = -DAY, ends: timedelta = DAY, by_itself: bool = False
    ) -> tuple[Path, Path]:
        """Write a server's certificate and key as PEM files."""
        key, subject = _key(), Name([NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        issuer, signer = (subject, key) if by_itself else (self.name, self.key)
        made = self._signed(subject, issuer, signer, now() + begins, now() + ends, key=key, hosts=hosts)
        certificate, private = self.directory / f"{hosts[0]}.crt", self.directory / f"{hosts[0]}.key"
        certificate.write_bytes(made.public_bytes(Encoding.PEM))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, private

    @staticmethod
    def _signed(
        subject: Name,
        issuer: Name,
        signer: ec.EllipticCurvePrivateKey,
        begins: datetime,
        ends: datetime,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        hosts: tuple[str, ...] = (),
        ca: bool = False,
    ) -> Certificate:
        builder = CertificateBuilder().subject_name(subject).issuer_name(issuer)
        builder = builder.public_key((key or signer).public_key()).serial_number(random_serial_number())
        builder = builder.add_extension(BasicConstraints(ca=ca, path_length=None), critical=True)
        if hosts:
            builder = builder.add_extension(SubjectAlternativeName([_host(h) for h in hosts]), critical=False)
        return builder.not_valid_before(begins).not_valid_after(ends).sign(signer, SHA256())


def now() -> datetime:
    return datetime.now(UTC)
