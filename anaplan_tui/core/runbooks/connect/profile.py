"""The profile that a script's connection makes, as comments to paste into the configuration."""

import re

from anaplan_tui.config.types import REGIONS
from anaplan_tui.core.runbooks import writing
from anaplan_tui.core.runbooks.connect.connection import Connection
from anaplan_tui.core.runbooks.connect.script import Script

_SECRETS = {
    "basic": "The password was not copied: password_command, or ANAPLAN_TUI_PASSWORD, or it is asked for.",
    "certificate": (
        "The key's password was not copied: private_key_password_command, or "
        "ANAPLAN_TUI_PRIVATE_KEY_PASSWORD."
    ),
    "oauth-device": "The refresh token was not copied: the first login shows a code for a browser.",
}


def profile(script: Script, connection: Connection) -> list[str]:
    """The profile as lines of comment; none where the script says nothing about its connection."""
    keys = _keys(connection)
    auth = _auth(connection)
    if not keys and not auth:
        return []
    name = re.sub(r"[^A-Za-z0-9_-]", "_", script.path.stem)[:40] or "converted"
    if connection.text(name) is None:
        name = "converted"
    lines = ["", "A profile for it, to paste into the configuration:", f"[profiles.{name}]"]
    lines += writing.table(keys).splitlines()
    if auth:
        lines += [f"[profiles.{name}.auth]", *writing.table(auth).splitlines()]
    lines += _remarks(connection)
    return lines


def _keys(connection: Connection) -> dict[str, str]:
    keys = {}
    region = next(
        (
            name
            for name, hosts in REGIONS.items()
            if hosts.api_url == connection.api_url and connection.auth_url in (None, hosts.auth_url)
        ),
        None,
    )
    if region is not None:
        keys["region"] = region
    if connection.api_url:
        keys["api_url"] = connection.api_url
    if connection.auth_url:
        keys["auth_url"] = connection.auth_url
    if keys and region is None:
        keys["oauth_url"] = connection.api_url or connection.auth_url or ""
    if connection.proxy:
        keys["proxy"] = connection.proxy
    return keys


def _auth(connection: Connection) -> dict[str, str]:
    match connection.auth:
        case "":
            return {}
        case "keystore":
            return {"method": "certificate", "private_key": _bundle(connection)}
        case "mixed":
            method = "certificate" if {"certificate", "keystore"} & set(connection.methods) else "basic"
        case method:
            pass
    auth = {"method": method}
    if method == "basic":
        auth["username"] = connection.username or "NAME"
    elif method == "oauth-device":
        auth["client_id"] = connection.client_id or "ID"
    else:
        auth["certificate"] = connection.certificate or "CERTIFICATE.pem"
        auth["private_key"] = connection.private_key or _bundle(connection)
    return auth


def _bundle(connection: Connection) -> str:
    if connection.keystore is None:
        return "KEY.p12"
    return re.sub(r"\.\w+$", "", connection.keystore) + ".p12"


def _remarks(connection: Connection) -> list[str]:
    lines = []
    if "keystore" in connection.methods:
        source = connection.keystore or "KEYSTORE.jks"
        alias = f' -srcalias "{connection.alias}"' if connection.alias else ""
        lines += [
            "A Java keystore cannot be read. Convert it once:",
            f'  keytool -importkeystore -srckeystore "{source}"{alias} '
            f'-destkeystore "{_bundle(connection)}" -deststoretype PKCS12',
        ]
    if connection.auth == "mixed":
        lines.append(f"The script logs in in several ways: {', '.join(connection.methods)}. Choose one.")
    methods = {"certificate" if method == "keystore" else method for method in connection.methods}
    lines += [_SECRETS[method] for method in _SECRETS if method in methods]
    if (connection.api_url or connection.auth_url) and "oauth_url" in _keys(connection):
        lines.append(
            "The script does not say oauth_url. Only the method oauth-device uses it: correct it for that."
        )
    return lines
