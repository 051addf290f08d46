"""A login by certificate: what is signed, with what key, and the errors about unusable files."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
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
from anaplan_tui.api.key_pair import needs_passphrase
from anaplan_tui.demo.server import DemoServer
from tests.support.chain import Chain
from tests.support.raw_server import RawServer, Seen, fast, http, talking_to

HERE = Path(__file__).parent / "certificates"
CERTIFICATE, KEY = HERE / "cert.pem", HERE / "key.pem"
PASSWORD = "k3y-secret"


def respond(request: Seen) -> bytes:
    if request.path.startswith("/token"):
        return http(201, b'{"tokenInfo":{"tokenValue":"abc"}}')
    return http(200, b'{"user":{}}')


async def login(files: KeyFiles, **options: object) -> Seen:
    """Return the request body that a login with these files sends."""
    async with RawServer(respond) as server:
        auth = CertificateAuth(files, server.url, **options)  # type: ignore[arg-type]
        async with talking_to(server, auth=auth) as client:
            await client.me()
        return server.seen[0]


def verified(request: Seen) -> bytes:
    """Return a login's data after checking its signature against its certificate."""
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
    """Write the key under a password, as PEM or, depending on the name, with its certificate as PKCS#12."""
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
    assert "no certificate that can be read in junk.pem" in (await refused(KeyFiles(KEY, junk))).said
    assert "no certificate" in (await refused(KeyFiles(KEY, None))).said
    assert "no RSA key" in (await refused(KeyFiles(curve, CERTIFICATE))).said
    assert "no private key" in (await refused(KeyFiles(CERTIFICATE, CERTIFICATE))).said


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


LAYOUTS = (
    "certificate key",
    "key certificate",
    "ca certificate key",
    "key ca certificate",
    "certificate ca",
    "ca certificate",
    "bags",
    "crlf",
    "bom",
    "utf16",
    "der",
    "broken certificate",
    "words",
)


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_only_the_certificate_of_the_key_is_sent(layout: str, chain: Chain, tmp_path: Path) -> None:
    file, key = tmp_path / "combined.pem", tmp_path / "key.pem"
    file.write_bytes(chain.laid_out(layout))
    key.write_bytes(chain.key_pem)
    for private_key in {file, key} if b"PRIVATE KEY" in file.read_bytes() else {key}:
        request = await login(KeyFiles(private_key, file))
        sent = base64.b64decode(request.headers["authorization"].removeprefix("CACertificate "))
        assert sent == chain.certificate.public_bytes(Encoding.PEM)
        verified(request)


async def test_a_key_that_matches_no_certificate_sends_nothing(chain: Chain, tmp_path: Path) -> None:
    file = tmp_path / "other.pem"
    file.write_bytes(chain.ca.public_bytes(Encoding.PEM))
    error = await refused(KeyFiles(KEY, file))
    assert error.said == "the private key in key.pem does not match the certificate given"
    file.write_bytes(chain.laid_out("certificate ca"))
    assert "any of the 2 certificates" in (await refused(KeyFiles(KEY, file))).said


async def test_of_several_keys_the_one_with_a_certificate_signs(chain: Chain, tmp_path: Path) -> None:
    file, keys = tmp_path / "certificate.pem", tmp_path / "keys.pem"
    file.write_bytes(chain.certificate.public_bytes(Encoding.PEM))
    keys.write_bytes(KEY.read_bytes() + chain.key_pem)
    verified(await login(KeyFiles(keys, file)))


@pytest.mark.parametrize("order", [1, -1])
async def test_of_a_renewed_certificate_the_valid_one_is_sent(
    order: int, chain: Chain, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    valid = chain.issue(now - timedelta(days=1), now + timedelta(days=5))
    others = [
        chain.issue(now - timedelta(days=9), now - timedelta(days=3)),
        chain.issue(now + timedelta(days=2), now + timedelta(days=99)),
    ]
    file, key = tmp_path / "several.pem", tmp_path / "key.pem"
    file.write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in [valid, *others][::order]))
    key.write_bytes(chain.key_pem)
    request = await login(KeyFiles(key, file))
    sent = base64.b64decode(request.headers["authorization"].removeprefix("CACertificate "))
    assert load_pem_x509_certificate(sent) == valid


@pytest.mark.parametrize(("begins", "ends", "said"), [(-9, -3, "expired on"), (3, 9, "is not valid before")])
async def test_a_certificate_out_of_its_time_is_named_when_it_is_refused(
    begins: int, ends: int, said: str, chain: Chain, tmp_path: Path
) -> None:
    """It is sent all the same: the wrong clock may be this machine's."""
    now = datetime.now(UTC)
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    issued = chain.issue(now + timedelta(days=begins), now + timedelta(days=ends))
    file.write_bytes(issued.public_bytes(Encoding.PEM))
    key.write_bytes(chain.key_pem)
    async with RawServer(lambda _: http(401, b'{"statusMessage":"no"}')) as server:
        auth = CertificateAuth(KeyFiles(key, file), server.url)
        async with talking_to(server, auth=auth) as client:
            with pytest.raises(NotAuthenticated) as caught:
                await client.me()
        assert server.count("/token/authenticate") == 1
    assert said in caught.value.advice


FORMS = [
    (PrivateFormat.PKCS8, Encoding.PEM, True),
    (PrivateFormat.PKCS8, Encoding.PEM, False),
    (PrivateFormat.PKCS8, Encoding.DER, True),
    (PrivateFormat.PKCS8, Encoding.DER, False),
    (PrivateFormat.TraditionalOpenSSL, Encoding.PEM, True),
    (PrivateFormat.TraditionalOpenSSL, Encoding.PEM, False),
    (PrivateFormat.TraditionalOpenSSL, Encoding.DER, False),
]


@pytest.mark.parametrize(("form", "encoding", "locked"), FORMS)
async def test_every_form_of_a_key(
    form: PrivateFormat, encoding: Encoding, locked: bool, chain: Chain, tmp_path: Path
) -> None:
    file, path = tmp_path / "certificate.der", tmp_path / "key"
    file.write_bytes(chain.certificate.public_bytes(Encoding.DER))
    lock = BestAvailableEncryption(PASSWORD.encode()) if locked else NoEncryption()
    path.write_bytes(chain.key.private_bytes(encoding, form, lock))
    assert needs_passphrase(path) is locked
    # A passphrase set for another key does no harm.
    verified(await login(KeyFiles(path, file, SecretStr(PASSWORD))))
    if locked:
        assert "password" in (await refused(KeyFiles(path, file, SecretStr("wrong")))).said


@pytest.mark.parametrize("passphrase", ["", None])
async def test_a_bundle_with_an_empty_passphrase(
    passphrase: str | None, chain: Chain, tmp_path: Path
) -> None:
    path = chain.bundle(tmp_path / "key.p12")
    assert needs_passphrase(path)
    verified(await login(KeyFiles(path, None, None if passphrase is None else SecretStr(passphrase))))


async def test_a_bundle_without_a_certificate_takes_the_one_beside_it(chain: Chain, tmp_path: Path) -> None:
    path, file = tmp_path / "key.p12", tmp_path / "certificate.pem"
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, chain.key, None, None, NoEncryption()))
    file.write_bytes(chain.laid_out("ca certificate"))
    verified(await login(KeyFiles(path, file)))
