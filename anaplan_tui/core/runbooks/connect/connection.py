"""How a script connects, for a profile to paste: never with a secret."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from anaplan_tui.core.runbooks.connect.client import Option
from anaplan_tui.core.runbooks.connect.holes import is_hole
from anaplan_tui.core.runbooks.connect.secrets import Secrets

_STORE_FILE = re.compile(r".*\.\w{1,8}", re.DOTALL)
_KEY_FILE = re.compile(r".*\.(pem|key|der|p8|pk8|pkcs8|p12|pfx|txt)", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,6}")


def learn_secrets(option: Option, secrets: Secrets) -> None:
    """Learn the secret that an option carries, if it carries one."""
    value = option.value
    match option.name:
        case "user" | "via_user" | "jdbc_user":
            secrets.learn(value.partition(":")[2])
        case "private_key":
            path, _, passphrase = value.rpartition(":")
            if len(path) > 1:
                secrets.learn(passphrase)
        case "keystore_pass":
            secrets.learn(value)
        case "connector" | "jdbc_property":
            secrets.learn(value.partition(":")[2])
        case _:
            pass


@dataclass
class Connection:
    """What the calls of a script connect with."""

    text: Callable[[str], str | None]
    """A value as it may be shown; ``None`` where it may not."""
    api_url: str | None = None
    auth_url: str | None = None
    username: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    keystore: str | None = None
    alias: str | None = None
    client_id: str | None = None
    proxy: str | None = None
    methods: list[str] = field(default_factory=list)
    """In order of first use: basic, certificate, keystore, oauth-device."""
    passphrase: bool = False
    """Whether the private key has one."""

    def take(self, option: Option) -> str | None:
        """Note an option of the connection; returns why it cannot be translated, or ``None``."""
        match option.name:
            case "service":
                self.api_url = self.api_url or self._address(option.value)
            case "auth":
                self.auth_url = self.auth_url or self._address(option.value)
            case "user":
                self._method("basic")
                self.username = self.username or self._user(option.value)
            case "certificate":
                self._method("certificate")
                self.certificate = self.certificate or self.text(option.value)
            case "private_key":
                self._method("certificate")
                self._private_key(option.value)
            case "client_id":
                self._method("oauth-device")
                self.client_id = self.client_id or self.text(option.value)
            case "via":
                self.proxy = self.proxy or self._address(option.value)
            case _:
                return self._untranslated(option)
        return None

    def _untranslated(self, option: Option) -> str | None:
        match option.name:
            case "keystore":
                self._method("keystore")
                shown = self.text(option.value)
                self.keystore = self.keystore or (shown if shown and _STORE_FILE.fullmatch(shown) else None)
                return "a Java keystore cannot be read: make a .p12 of it with keytool (see the profile)"
            case "keystore_alias":
                self.alias = self.alias or self.text(option.value)
                return "tells keytool which entry of the keystore to export"
            case "keystore_pass":
                return (
                    "a secret: it is not copied; the new file's password belongs in "
                    "private_key_password_command or ANAPLAN_TUI_PRIVATE_KEY_PASSWORD"
                )
            case "via_user":
                return (
                    "a secret: the proxy's login belongs in the proxy environment variable; one with a "
                    "domain is NTLM, which needs a look first"
                )
            case _:
                return None

    def _method(self, method: str) -> None:
        if method not in self.methods:
            self.methods.append(method)

    def _user(self, value: str) -> str | None:
        """The user's name; without a password behind it, only a text that cannot be anything else."""
        name, colon, _ = value.partition(":")
        sure = colon or _EMAIL.fullmatch(name) or any(map(is_hole, name))
        return self.text(name) if sure else None

    def _address(self, value: str) -> str | None:
        address = _address(value)
        return self.text(address) if address else None

    def _private_key(self, value: str) -> None:
        path, colon, passphrase = value.rpartition(":")
        if colon and len(path) > 1:
            self.passphrase = self.passphrase or bool(passphrase)
        else:
            path = value if _KEY_FILE.fullmatch(value) else ""  # or a passphrase may be in it
        self.private_key = self.private_key or self.text(path)

    @property
    def auth(self) -> str:
        """``basic``, ``certificate``, ``keystore``, ``oauth-device``, ``mixed``, or empty for none."""
        methods = self.methods
        if "keystore" in methods and set(methods) <= {"keystore", "certificate"}:
            return "keystore"
        return methods[0] if len(methods) == 1 else "mixed" if methods else ""


def _address(value: str) -> str | None:
    """Scheme, host, port and path of a web address; anything else is not shown."""
    try:
        parts = urlsplit(value)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.-]+", parts.hostname or ""):
        return None
    path = parts.path.rstrip("/") if re.fullmatch(r"[/\w.-]{0,60}", parts.path) else ""
    return f"{parts.scheme}://{parts.hostname}{port}{path}"
