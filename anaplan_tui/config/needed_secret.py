"""Which secret a login needs, by its configuration alone, and who else could read its private key."""

import shlex
from collections.abc import Iterator
from enum import StrEnum, auto
from pathlib import Path

from anaplan_tui.config.permissions import who_can_read
from anaplan_tui.config.settings import Auth


class Secret(StrEnum):
    """A secret by its key in the configuration, where ``_command`` or ``_file`` follows it."""

    PASSWORD = auto()
    TOKEN = auto()
    PRIVATE_KEY_PASSWORD = auto()

    @property
    def variable(self) -> str:
        """The environment variable that holds it."""
        return f"ANAPLAN_TUI_{self.name}"

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty one counts: a ``.p12`` may have an empty passphrase."""
        return self is Secret.PRIVATE_KEY_PASSWORD

    @property
    def words(self) -> str:
        """What messages call it."""
        return self.value.replace("_", " ")


def needed_secret(auth: Auth) -> Secret | None:
    """Which secret a login needs, if any."""
    match auth.method:
        case "basic":
            return Secret.PASSWORD
        case "token":
            return Secret.TOKEN
        case "certificate" if _key_has_password(auth):
            return Secret.PRIVATE_KEY_PASSWORD
        case _:
            return None


def readable_key(auth: Auth) -> tuple[str, str] | None:
    """A warning and its cure, if others can read the private key that a profile logs in with."""
    for path in _files_with_keys(auth):
        try:
            readers = who_can_read(path)
        except OSError:
            continue
        if readers:
            return f"{path} can be read by {readers}", f"Run: chmod 600 {shlex.quote(str(path))}"
    return None


def _files_with_keys(auth: Auth) -> Iterator[Path]:
    """The private key's file, and that of the certificate if it holds a key as well."""
    if auth.method != "certificate" or auth.private_key is None:
        return
    yield auth.private_key
    if auth.certificate is not None:
        # Here, because cryptography takes a tenth of a second to load, and few profiles need it.
        from anaplan_tui.api.key_pair import holds_private_key

        if holds_private_key(auth.certificate):
            yield auth.certificate


def _key_has_password(auth: Auth) -> bool:
    # Here, because cryptography takes a tenth of a second to load, and few profiles need it.
    from anaplan_tui.api.key_pair import needs_passphrase

    try:
        return auth.private_key is not None and needs_passphrase(auth.private_key)
    except OSError:
        # The login itself says what is wrong with the file.
        return False
