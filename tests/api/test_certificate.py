"""A login by certificate: what is signed, with what, and what is said of files that will not do."""

import base64
import json
import time
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate
from pydantic import SecretStr

from anaplan_tui.api.certificate import CertificateAuth, KeyFiles
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.demo.server import DemoServer
from tests.api.support import RawServer, Seen, fast, http, talking_to

HERE = Path(__file__).parent / "certificates"
CERTIFICATE, KEY = HERE / "cert.pem", HERE / "key.pem"
PASSWORD = "k3y-secret"


def respond(request: Seen) -> bytes:
    if request.path.startswith("/token"):
        return http(201, b'{"tokenInfo":{"tokenValue":"abc"}}')
    return http(200, b'{"user":{}}')


async def login(files: KeyFiles, **options: object) -> Seen:
    """What a login with these files sends."""
    async with RawServer(respond) as server:
        auth = CertificateAuth(files, server.url, **options)  # type: ignore[arg-type]
        async with talking_to(server, auth=auth) as client:
            await client.me()
        return server.seen[0]


def verified(request: Seen) -> bytes:
    """The data of a login, once its signature is good by the certificate it came with."""
    pem = base64.b64decode(request.headers["authorization"].removeprefix("CACertificate "))
    public = load_pem_x509_certificate(pem).public_key()
    assert isinstance(public, RSAPublicKey)
    body = json.loads(request.body)
    data = base64.b64decode(body["encodedData"])
    public.verify(base64.b64decode(body["encodedSignedData"]), data, PKCS1v15(), SHA512())
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(body["encodedSignedData"]), data + b"!", PKCS1v15(), SHA512())
    return data


def key_file(path: Path) -> Path:
    """The key under a password, as PEM or, by the name, with its certificate as PKCS#12."""
    key = load_pem_private_key(KEY.read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    locked = BestAvailableEncryption(PASSWORD.encode())
    if path.suffix == ".pem":
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    else:
        certificate = load_pem_x509_certificate(CERTIFICATE.read_bytes())
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"me", key, certificate, None, locked))
    return path


async def test_v2_signs_the_time_and_then_chance() -> None:
    before = int(time.time())
    request = await login(KeyFiles(KEY, CERTIFICATE))
    data = verified(request)
    assert json.loads(request.body)["encodedDataFormat"] == "v2"
    assert before <= int.from_bytes(data[:8], "big") <= time.time()
    assert len(data) >= 100


async def test_v1_signs_chance_alone() -> None:
    first = await login(KeyFiles(KEY, CERTIFICATE), nonce="v1")
    second = await login(KeyFiles(KEY, CERTIFICATE), nonce="v1")
    assert len(verified(first)) >= 100
    assert verified(first) != verified(second)
    assert "encodedDataFormat" not in json.loads(first.body)


@pytest.mark.parametrize("name", ["key.pem", "key.p12", "KEY.PFX"])
async def test_keys_under_a_password(name: str, tmp_path: Path) -> None:
    path = key_file(tmp_path / name)
    certificate = CERTIFICATE if name == "key.pem" else None
    verified(await login(KeyFiles(path, certificate, lambda: SecretStr(PASSWORD))))


async def test_the_tenant_takes_it(tenant: DemoServer) -> None:
    auth = CertificateAuth(KeyFiles(KEY, CERTIFICATE), tenant.url, nonce="v1")
    async with AnaplanClient(Hosts(tenant.url, tenant.url), auth, options=fast()) as client:
        assert (await client.me()).email


async def refused(files: KeyFiles) -> NotAuthenticated:
    async with RawServer(respond) as server:
        async with talking_to(server, auth=CertificateAuth(files, server.url)) as client:
            with pytest.raises(NotAuthenticated) as caught:
                await client.me()
        assert server.seen == []
    assert caught.value.advice
    assert PASSWORD not in f"{caught.value} {caught.value!r} {files!r}"
    return caught.value


@pytest.mark.parametrize("password", [None, SecretStr(PASSWORD + "?")])
@pytest.mark.parametrize("name", ["key.pem", "key.p12"])
async def test_a_wrong_password_of_the_key(name: str, password: SecretStr | None, tmp_path: Path) -> None:
    error = await refused(KeyFiles(key_file(tmp_path / name), CERTIFICATE, password))
    assert "password" in error.said


async def test_files_that_will_not_do(tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_bytes(b"\x00 not a key")
    curve = tmp_path / "curve.pem"
    other = ec.generate_private_key(ec.SECP256R1())
    curve.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "absent.pem" in (await refused(KeyFiles(tmp_path / "absent.pem", CERTIFICATE))).said
    assert "cannot be read" in (await refused(KeyFiles(junk, CERTIFICATE))).said
    assert "cannot be read" in (await refused(KeyFiles(KEY, junk))).said
    assert "cannot be read" in (await refused(KeyFiles(KEY, None))).said
    assert "no RSA key" in (await refused(KeyFiles(curve, CERTIFICATE))).said
