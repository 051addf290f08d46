"""Certificate sign-in, checked as the service checks it (service.md §2.2). Knows no tokens.

The certificate arrives as base64 of PEM or DER. The signature is RSA PKCS#1 v1.5 with SHA-512 over the bytes
of the nonce, not over their base64. A v2 nonce begins with an eight-byte big-endian timestamp.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificate

from anaplan_tui.demo.habits import Habits
from anaplan_tui.demo.model import Json

SHORTEST_NONCE = 100
SKEW = 600.0
"""Seconds by which a v2 nonce may be off; the service's tolerance is not documented."""


class BadCertificate(ValueError):
    """A refused login; the text says why, for a log. The service does not tell the caller."""


def check(header: str, body: Json, now: float, habits: Habits) -> None:
    """Check a login. Raises BadCertificate.

    Args:
        header: the Authorization header after `CACertificate`.
        body: the JSON body.
        now: epoch seconds.
        habits: the forms that are accepted.
    """
    certificate = _certificate(_decoded(header, "the header"), habits)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise BadCertificate("the key is not RSA")
    if not certificate.not_valid_before_utc.timestamp() <= now <= certificate.not_valid_after_utc.timestamp():
        raise BadCertificate("the certificate has expired or is not yet valid")
    if certificate.issuer == certificate.subject and not habits.self_signed:
        raise BadCertificate("the certificate is self-signed")
    nonce = _decoded(body.get("encodedData"), "encodedData")
    _check_nonce(nonce, body.get("encodedDataFormat"), now, habits)
    try:
        key.verify(_decoded(body.get("encodedSignedData"), "encodedSignedData"), nonce, PKCS1v15(), SHA512())
    except InvalidSignature:
        raise BadCertificate("the signature is not of this nonce by the certificate's key") from None


def _certificate(data: bytes, habits: Habits) -> Certificate:
    if b"PRIVATE KEY" in data:
        raise BadCertificate("a private key was sent")
    form = "pem" if data.lstrip().startswith(b"-----BEGIN ") else "der"
    if habits.certificate_form not in ("any", form):
        raise BadCertificate(f"the certificate is {form}")
    try:
        return load_pem_x509_certificate(data) if form == "pem" else load_der_x509_certificate(data)
    except ValueError:
        raise BadCertificate("there is no certificate in the header") from None


def _check_nonce(nonce: bytes, declared: object, now: float, habits: Habits) -> None:
    form = "v2" if declared == "v2" else "v1"
    if habits.nonce not in ("any", form):
        raise BadCertificate(f"the nonce is {form}")
    if len(nonce) < SHORTEST_NONCE:
        raise BadCertificate(f"the nonce has {len(nonce)} bytes")
    unit = 1000 if habits.nonce_unit == "milliseconds" else 1
    if form == "v2" and abs(int.from_bytes(nonce[:8], "big") / unit - now) > SKEW:
        raise BadCertificate("the nonce is not of now")


def _decoded(text: object, where: str) -> bytes:
    try:
        return base64.b64decode(str(text or ""), validate=True)
    except binascii.Error:
        raise BadCertificate(f"{where} is not base64") from None
