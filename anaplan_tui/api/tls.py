"""TLS trust, and why a certificate was refused: who issued it, for what name, and what would cure it.

A company's firewall that intercepts TLS shows a certificate of its own CA. The TLS library only says "unable
to get local issuer certificate" and keeps the certificate to itself. So a refused one is fetched with a
second handshake by the same route, and nothing is sent over it.
"""

import asyncio
import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import truststore

from anaplan_tui.api.clean import clean
from anaplan_tui.api.errors import Broken, Unreachable
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.proxies import Proxies, Proxy
from anaplan_tui.api.routes import by_address, pool_through

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

_PARTIAL_CHAIN = 0x80000
"""``X509_V_FLAG_PARTIAL_CHAIN``: a CA below a root is enough, as for curl and for Python from 3.13 on."""
_STRICT = 0x20
"""``X509_V_FLAG_X509_STRICT``: Python 3.13 sets it, and many companies' CAs do not satisfy it."""

# Codes of OpenSSL's x509_vfy.h.
_NOT_YET_VALID = 9
_EXPIRED = 10
_SELF_SIGNED = 18
_UNKNOWN_ISSUER = frozenset({2, 19, 20, 21, 27})
_WRONG_HOST = frozenset({62, 64})

_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
)
_SHOWN_NAMES = 4


def trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """Trust the operating system's CAs, or those of a PEM file instead. Raises :class:`Unreachable`."""
    if ca_bundle is None:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context = ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise Unreachable(
            "set up the connection",
            f"the CA bundle {ca_bundle} cannot be read: {error.strerror or 'it is not a PEM file'}",
            "Set ca_bundle to a PEM file with the certificates to trust.",
            broken=Broken.TLS,
            sent=False,
        ) from error
    # So every version of Python trusts the same certificates.
    context.verify_flags = ssl.VerifyFlags((context.verify_flags | _PARTIAL_CHAIN) & ~_STRICT)
    return context


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the certificate of a host was refused, in words."""

    said: str
    advice: str


async def explain(
    url: httpx.URL,
    error: ssl.SSLError,
    proxies: Proxies,
    context: ssl.SSLContext,
    options: TransportOptions,
) -> Refusal:
    """Say why the handshake with ``url`` failed with ``error``; fetches the certificate to find out."""
    proxy = proxies.of(str(url))
    if proxy is not None and proxy.scheme == "https" and await _refused(proxy, context, options):
        url, whose, proxy = httpx.URL(proxy.url), f"the proxy {proxy.host}", None
    else:
        whose = clean(url.host)
    if not isinstance(error, ssl.SSLCertVerificationError):
        return _no_handshake(url, error, proxy)
    der = await _presented(url, proxy, options)
    if der is None:
        said = f"the TLS certificate of {whose} is refused: {clean(error.verify_message)} {_asked(options)}"
        return Refusal(said, "Check what answers there, and the clock of this machine.")
    return await asyncio.to_thread(_of_certificate, whose, url.host, error, der, options)


# -- fetching the certificate --------------------------------------------------------------------------


class _Seen(Exception):
    """The handshake is done, and nothing more is wanted."""

    def __init__(self, der: bytes | None) -> None:
        self.der = der


async def _presented(url: httpx.URL, proxy: Proxy | None, options: TransportOptions) -> bytes | None:
    """Fetch the certificate of ``url`` as DER, trusted or not; ``None`` if that fails."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    try:
        return await _shake_hands(url, proxy, blind, options)
    except Exception:
        # It only improves the message; the first handshake said what is wrong.
        return None


async def _refused(proxy: Proxy, context: ssl.SSLContext, options: TransportOptions) -> bool:
    """Whether the proxy's own certificate is refused."""
    try:
        await _shake_hands(httpx.URL(proxy.url), None, context, options)
    except httpx.HTTPError:
        return True
    return False


async def _shake_hands(
    url: httpx.URL, proxy: Proxy | None, context: ssl.SSLContext, options: TransportOptions
) -> bytes | None:
    layer = "connection" if proxy is None else "socks" if proxy.socks else "proxy"

    async def trace(event: str, info: dict[str, Any]) -> None:
        if event == f"{layer}.start_tls.complete":
            stream = info["return_value"]
            der = stream.get_extra_info("ssl_object").getpeercert(binary_form=True)
            await stream.aclose()
            raise _Seen(der)

    limits = httpx.Timeout(options.connect_timeout_s).as_dict()
    request = httpx.Request("HEAD", url, extensions={"timeout": limits, "trace": trace})
    pool = pool_through(proxy, context, options)
    try:
        if proxy is not None and not proxy.resolves:
            request = await by_address(request)
        async with asyncio.timeout(2 * options.connect_timeout_s):
            await pool.handle_async_request(request)
    except _Seen as seen:
        return seen.der
    finally:
        await pool.aclose()
    return None


# -- in words --------------------------------------------------------------------------------------------


def _asked(options: TransportOptions) -> str:
    """Which certificates were trusted."""
    if options.ca_bundle is not None:
        return f"(asked: ca_bundle, {options.ca_bundle})"
    moved = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), None)
    return f"(asked: the operating system's store{f', moved by {moved}' if moved else ''})"


def _no_handshake(url: httpx.URL, error: ssl.SSLError, proxy: Proxy | None) -> Refusal:
    host, reason = clean(url.host), error.reason or "handshake failed"
    words = clean(reason.replace("_", " ").lower())
    if reason in _NOT_TLS:
        port = url.port or 443
        said = f"what answers for {host} on port {port} does not speak TLS ({words})"
        through = " and the proxy" if proxy is not None else ", and whether a proxy is needed"
        return Refusal(said, f"Check the port in the hosts of this profile{through}.")
    said = f"no TLS connection to {host} came about ({words})"
    return Refusal(
        said,
        "The two sides agree on no version or cipher, or something between them cut in: Anaplan wants "
        "TLS 1.2 or 1.3. ca_bundle does not cure it.",
    )


def _of_certificate(
    whose: str, host: str, error: ssl.SSLCertVerificationError, der: bytes, options: TransportOptions
) -> Refusal:
    # cryptography takes a tenth of a second to load, and few starts come here.
    from cryptography.x509 import load_der_x509_certificate

    try:
        certificate = load_der_x509_certificate(der)
        issuer, names = _name(certificate.issuer), _names(certificate)
    except ValueError:
        said = f"the TLS certificate of {whose} is not one that can be read: {clean(error.verify_message)}"
        return Refusal(said, "Check what answers there.")
    shown = ", ".join(names[:_SHOWN_NAMES]) + (" and others" if len(names) > _SHOWN_NAMES else "")
    named = f"a TLS certificate for {shown or 'no host at all'}, issued by {issuer}"
    code, now = error.verify_code, datetime.now(UTC)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    clock = f"The clock of this machine says {now:%Y-%m-%d %H:%M} UTC."
    if code in _WRONG_HOST:
        return Refusal(f"{whose} shows {named}", _wrong_host(host))
    if code == _EXPIRED:
        if now > ends:
            said = f"{whose} shows {named}, which expired on {ends:%Y-%m-%d %H:%M} UTC"
        else:
            said = f"{whose} shows {named}, and a certificate of that issuer has expired"
        return Refusal(said, f"Whoever runs that server or TLS proxy has to renew it. {clock}")
    if code == _NOT_YET_VALID:
        said = f"{whose} shows {named}, which is not valid before {begins:%Y-%m-%d %H:%M} UTC"
        return Refusal(said, f"{clock} Set it if it is wrong; else wait, or have the certificate made anew.")
    # Faults that trust would not cure are named as well, or the operator meets them next.
    also = "" if any(_covers(name, host) for name in names) else f" {_wrong_host(host)}"
    if code == _SELF_SIGNED:
        said = (
            f"{whose} shows a TLS certificate for {shown}, signed by itself and not trusted {_asked(options)}"
        )
        return Refusal(said, f"{_add(options, 'that certificate, if it is the right one')}{also}")
    if code in _UNKNOWN_ISSUER:
        said = f"{whose} shows {named}, which is not trusted {_asked(options)}"
        opened = "A proxy or firewall that opens TLS probably stands between."
        return Refusal(said, f"{opened} {_add(options, 'the certificate of that issuer')}{also}")
    said = f"{whose} shows {named}, which is refused: {clean(error.verify_message)}"
    return Refusal(said, f"Whoever runs that server or TLS proxy has to make a sound one.{also}")


def _wrong_host(host: str) -> str:
    return (
        f"It is not for {clean(host)}: another server answers in its place. Check the hosts of this profile, "
        "the name service and the proxy; ca_bundle does not cure it."
    )


def _add(options: TransportOptions, what: str) -> str:
    if options.ca_bundle is None:
        return f"Set ca_bundle to a PEM file with {what}, or add it to the operating system's store."
    return f"Add {what} to the file of ca_bundle, which is asked instead of the operating system's store."


def _name(name: "Name") -> str:
    """An issuer by its common name and organisation."""
    from cryptography.x509.oid import NameOID

    parts = [
        clean(str(found[0].value), limit=100)
        for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        if (found := name.get_attributes_for_oid(kind))
    ]
    if not parts:
        return f'"{clean(name.rfc4514_string(), limit=100)}"'
    return f'"{parts[0]}"' + (f" ({parts[1]})" if parts[1:] and parts[1] != parts[0] else "")


def _names(certificate: "Certificate") -> list[str]:
    """The hosts that it is for; if it lists none, its common name, which TLS ignores."""
    from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName
    from cryptography.x509.oid import NameOID

    try:
        listed = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [clean(str(found.value), limit=100) for found in common[:1]]
    names = [*listed.get_values_for_type(DNSName), *map(str, listed.get_values_for_type(IPAddress))]
    return [clean(name, limit=100) for name in names]


def _covers(name: str, host: str) -> bool:
    """Whether a certificate's name covers ``host``; a star stands for one label (RFC 6125 §6.4.3)."""
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(name)
    except ValueError:
        pass
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])
