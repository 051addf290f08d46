"""Logging in with a CA certificate: a random text is signed with its key (anaplan-api.md §2.2)."""

import asyncio
import base64
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificate

from anaplan_tui.api.auth import Secret, SessionAuth, reveal
from anaplan_tui.api.errors import NotAuthenticated

_BUNDLES = {".p12", ".pfx"}
_SIGNED_BYTES = 150
"""What other clients sign; the service wants 100 or more."""

_DOING = "log in"


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where certificate and key are. A ``.p12`` or ``.pfx`` key file brings its certificate along."""

    private_key: Path
    certificate: Path | None = None
    password: Secret | None = field(default=None, repr=False)


class CertificateAuth(SessionAuth):
    """Certificate and private key; only RSA keys are accepted by the service.

    ``nonce`` "v2" puts the time in front of what is signed, against replays; "v1" does not.
    """

    def __init__(
        self,
        files: KeyFiles,
        auth_url: str,
        *,
        nonce: Literal["v1", "v2"] = "v2",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(auth_url, now=now)
        self._files = files
        self._nonce = nonce

    async def _begin(self) -> httpx.Request:
        password = None if self._files.password is None else await reveal(self._files.password)
        certificate, key = await asyncio.to_thread(_loaded, self._files, password)
        data = os.urandom(_SIGNED_BYTES)
        body = {}
        if self._nonce == "v2":
            # Seconds, as the official sample decodes; one client in the field sends milliseconds (§2.2).
            data = struct.pack(">Q", int(time.time())) + data
            body["encodedDataFormat"] = "v2"
        signature = key.sign(data, PKCS1v15(), SHA512())
        body |= {"encodedData": _base64(data), "encodedSignedData": _base64(signature)}
        headers = {"Authorization": f"CACertificate {_base64(certificate)}", "Accept": "application/json"}
        return httpx.Request("POST", f"{self._auth_url}/token/authenticate", headers=headers, json=body)

    def _refused_advice(self) -> str:
        return (
            "Check that the certificate is valid, registered in Anaplan's administration and belongs to the "
            'key, and the clock of this machine; an older tenant may need nonce = "v1".'
        )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _loaded(files: KeyFiles, password: str | None) -> tuple[bytes, RSAPrivateKey]:
    """The certificate as PEM and the key. Raises :class:`NotAuthenticated`, without the password."""
    secret = password.encode() if password else None
    try:
        if files.private_key.suffix.lower() in _BUNDLES:
            key, certificate, _ = pkcs12.load_key_and_certificates(files.private_key.read_bytes(), secret)
            pem = b"" if certificate is None else certificate.public_bytes(Encoding.PEM)
        else:
            key = load_pem_private_key(files.private_key.read_bytes(), secret)
            pem = files.certificate.read_bytes() if files.certificate else b""
            load_pem_x509_certificate(pem)
    except OSError as error:
        raise _unusable(f"{error.filename}: {error.strerror}") from error
    except (ValueError, TypeError):
        # The library's words would not help: it says the same to a wrong password and to a wrong file.
        raise _unusable("the key or certificate cannot be read, or its password is wrong") from None
    if not isinstance(key, RSAPrivateKey) or not pem:
        raise _unusable("there is no RSA key, or no certificate, in these files")
    return pem, key


def _unusable(said: str) -> NotAuthenticated:
    advice = "Give a PEM certificate and its RSA key, or a .p12 or .pfx file, and the key's password, if any."
    return NotAuthenticated(_DOING, said, advice)
