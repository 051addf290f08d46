"""Certificate login: signs random bytes with the private key of a CA certificate (service.md §2.2)."""

import asyncio
import base64
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA512

from anaplan_tui.api.auth import SessionAuth
from anaplan_tui.api.credential import Secret
from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.api.key_pair import UnusableKey, load_key_pair

_SIGNED_BYTES = 150
"""As many as other clients sign; the service wants 100 or more."""

_DOING = "log in"


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of a certificate login. A ``.p12`` or ``.pfx`` key file includes its certificate."""

    private_key: Path
    certificate: Path | None = None
    password: Secret | None = field(default=None, repr=False)
    """The key's password; ``None`` if it has none. A ``.p12`` may have an empty one."""


class CertificateAuth(SessionAuth):
    """Login with certificate and private key; the service accepts RSA keys only.

    ``nonce`` "v2" puts the time in front of the signed bytes, against replays; "v1" does not.
    """

    def __init__(
        self,
        files: KeyFiles,
        auth_url: str,
        *,
        nonce: Literal["v1", "v2"] = "v2",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(auth_url, files.password, now=now)
        self._files = files
        self._nonce = nonce
        self._out_of_date = ""

    async def _begin(self) -> httpx.Request:
        password = None if self._files.password is None else await self._secret()
        try:
            pair = await asyncio.to_thread(
                load_key_pair, self._files.private_key, self._files.certificate, password
            )
        except UnusableKey as error:
            self._login_refused()
            raise self._refuse(NotAuthenticated(_DOING, error.said, error.advice)) from None
        self._out_of_date = pair.out_of_date(datetime.now(UTC))
        data = os.urandom(_SIGNED_BYTES)
        body = {}
        if self._nonce == "v2":
            # Seconds, as the official sample decodes; one client in the field sends milliseconds
            # (service.md §2.2).
            data = struct.pack(">Q", int(time.time())) + data
            body["encodedDataFormat"] = "v2"
        signature = pair.key.sign(data, PKCS1v15(), SHA512())
        body |= {"encodedData": _base64(data), "encodedSignedData": _base64(signature)}
        headers = {"Authorization": f"CACertificate {_base64(pair.pem)}", "Accept": "application/json"}
        return httpx.Request("POST", f"{self._auth_url}/token/authenticate", headers=headers, json=body)

    def _login_refused(self) -> None:
        # The key's password is never sent to the service: the same one may be tried again.
        if self._credential is not None:
            self._credential.forget()

    def _refused_advice(self) -> str:
        if self._out_of_date:
            # Said only now, never checked before the login: this machine's clock may be the wrong one.
            return f"By the clock of this machine {self._out_of_date}; renew it, or set the clock."
        return (
            "Check that the certificate is valid, registered in Anaplan's administration and belongs to the "
            'key, and the clock of this machine; an older tenant may need nonce = "v1".'
        )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
