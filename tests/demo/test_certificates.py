"""Certificate logins: what is signed, with which key, and in which forms (service.md §2.2)."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate, CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID

from anaplan_tui.demo.server import DemoServer

CA, KEY, OTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(3))
CURVE = ec.generate_private_key(ec.SECP256R1())
DAY = timedelta(days=1)


def issued(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY, issuer: str = "ca", days: int = 0
) -> Certificate:
    """Issue an authority's certificate for a key, valid from yesterday until tomorrow or `days` later."""

    def name(text: str) -> Name:
        return Name([NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC) + days * DAY
    builder = CertificateBuilder(
        name(issuer), name("robin"), key.public_key(), random_serial_number(), now - DAY, now + DAY
    )
    return builder.sign(KEY if issuer == "robin" else CA, SHA256())


CERTIFICATE = issued()
PEM = CERTIFICATE.public_bytes(Encoding.PEM)
DER = CERTIFICATE.public_bytes(Encoding.DER)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Login:
    """A valid login, until a test spoils a part of it."""

    certificate: bytes = PEM
    nonce: bytes = b"r" * 150
    key: rsa.RSAPrivateKey = KEY
    stamp: Callable[[], int] | None = None
    """The time in front of a v2 nonce, read when it is sent."""
    body: dict[str, Any] = field(default_factory=dict)

    def send(self, server: DemoServer) -> int:
        data = self.nonce if self.stamp is None else self.stamp().to_bytes(8, "big") + self.nonce
        body = {
            "encodedData": encoded(data),
            "encodedSignedData": encoded(self.key.sign(data, PKCS1v15(), SHA512())),
        }
        if self.stamp is not None:
            body["encodedDataFormat"] = "v2"
        headers = {"authorization": f"CACertificate {encoded(self.certificate)}"}
        answer = httpx.post(f"{server.url}/token/authenticate", headers=headers, json=body | self.body)
        if answer.status_code == 401:
            assert answer.json()["status"] == "FAILURE_BAD_CREDENTIAL"
        else:
            header = {"authorization": f"AnaplanAuthToken {answer.json()['tokenInfo']['tokenValue']}"}
            assert httpx.get(f"{server.url}/2/0/users/me", headers=header).is_success
        return answer.status_code


def now(*, minutes: float = 0, unit: int = 1) -> Callable[[], int]:
    """Return a clock that is off by so many seconds or, with 1000 as unit, milliseconds."""
    return lambda: int(time.time() + 60 * minutes) * unit


@pytest.mark.parametrize(
    "login",
    [
        Login(),
        Login(certificate=DER),
        Login(certificate=PEM.replace(b"\n", b"\r\n")),
        Login(stamp=now()),
        Login(certificate=DER, stamp=now(minutes=-9)),
        Login(nonce=b"r" * 92, stamp=now(minutes=9)),
        Login(certificate=PEM + issued(OTHER_KEY).public_bytes(Encoding.PEM)),
    ],
)
def test_a_good_login(server: DemoServer, login: Login) -> None:
    assert login.send(server) == 201


_KEY_TEXT = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
_OVER_BASE64 = encoded(KEY.sign(encoded(b"r" * 150).encode(), PKCS1v15(), SHA512()))
_SHA256 = encoded(KEY.sign(b"r" * 150, PKCS1v15(), SHA256()))
_PSS = encoded(KEY.sign(b"r" * 150, PSS(MGF1(SHA512()), 64), SHA512()))


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (Login(key=OTHER_KEY), "signature"),
        (Login(body={"encodedSignedData": encoded(b"s" * 256)}), "signature"),
        (Login(body={"encodedSignedData": _OVER_BASE64}), "signature"),
        (Login(body={"encodedSignedData": _SHA256}), "signature"),
        (Login(body={"encodedSignedData": _PSS}), "signature"),
        (Login(body={"encodedData": encoded(b"x" * 150)}), "signature"),
        (Login(body={"encodedSignedData": "not base64!"}), "not base64"),
        (Login(body={"encodedData": None}), "the nonce has 0 bytes"),
        (Login(nonce=b"r" * 99), "the nonce has 99 bytes"),
        (Login(nonce=b"r" * 91, stamp=now()), "the nonce has 99 bytes"),
        (Login(stamp=now(minutes=-11)), "not of now"),
        (Login(stamp=now(minutes=11)), "not of now"),
        (Login(stamp=now(unit=1000)), "not of now"),
        (Login(body={"encodedDataFormat": "v2"}), "not of now"),
        (
            Login(certificate=b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
            "no certificate",
        ),
        (Login(certificate=b"anything"), "no certificate"),
        (Login(certificate=encoded(PEM).encode()), "no certificate"),
        (Login(certificate=PEM + _KEY_TEXT), "private key"),
        (Login(certificate=_KEY_TEXT + PEM), "private key"),
        (Login(certificate=issued(days=-9).public_bytes(Encoding.PEM)), "expired"),
        (Login(certificate=issued(days=9).public_bytes(Encoding.PEM)), "not yet valid"),
        (Login(certificate=issued(CURVE).public_bytes(Encoding.PEM)), "not RSA"),
    ],
)
def test_a_login_that_is_not_good(server: DemoServer, login: Login, reason: str) -> None:
    assert login.send(server) == 401
    assert reason in server.tenant.tokens.last_refusal


SELF_SIGNED = issued(issuer="robin").public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("habit", "good", "bad"),
    [
        ({"nonce": "v1"}, Login(), Login(stamp=now())),
        ({"nonce": "v2"}, Login(stamp=now()), Login()),
        ({"nonce_unit": "milliseconds"}, Login(stamp=now(unit=1000)), Login(stamp=now())),
        ({"certificate_form": "pem"}, Login(), Login(certificate=DER)),
        ({"certificate_form": "der"}, Login(certificate=DER), Login()),
        ({"self_signed": False}, Login(), Login(certificate=SELF_SIGNED)),
    ],
)
def test_what_sources_disagree_about(
    server: DemoServer, habit: dict[str, Any], good: Login, bad: Login
) -> None:
    assert bad.send(server) == 201 or "nonce_unit" in habit
    server.tenant.habits.set(habit)
    assert (good.send(server), bad.send(server)) == (201, 401)
