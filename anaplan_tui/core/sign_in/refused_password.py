"""Remember a refused password between commands, so that a cron job does not lock the account with it.

The password cannot be recovered from what is kept. The tag is three bytes of a slow, salted hash: enough to
distinguish the password from another, yet so short that one in sixteen million other texts has the same tag.
"""

import hashlib
import hmac
import json
import logging
import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from anaplan_tui.config.paths import UnsafePath, private_dir
from anaplan_tui.core.text import local_stamp
from anaplan_tui.whole_file import text_part

log = logging.getLogger(__name__)

_ROUNDS = 300_000
_TAG_BYTES = 3
_LONGEST = 4096


class RefusedPassword:
    """The record of the last refusal of one user's password at one service."""

    def __init__(
        self, directory: Path, profile: str, auth_url: str, username: str, *, attended: Callable[[], bool]
    ) -> None:
        """``attended`` says whether an operator is there, who may send the same password again."""
        whose = hashlib.sha256("\n".join((profile, auth_url, username)).encode()).hexdigest()[:16]
        self._path = directory / f"refused-{profile}-{whose}.json"
        self._attended = attended
        self.advice = (
            "Another one is sent at once. To have this one sent again, log in once in a terminal, with: "
            f"anaplan-tui --profile {shlex.quote(profile)} workspaces"
        )

    def refused_at(self, password: SecretStr) -> str | None:
        """Return when this password was refused, for people; ``None`` when it may be sent."""
        if self._attended():
            return None
        try:
            with self._path.open(encoding="ascii") as file:
                kept = json.loads(file.read(_LONGEST))
            salt, tag, at = bytes.fromhex(kept["salt"]), kept["tag"], datetime.fromisoformat(kept["at"])
            is_same = hmac.compare_digest(_tag(password, salt), tag)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read: %s", self._path, type(error).__name__)
            return None
        return local_stamp(at) if is_same else None

    def note(self, password: SecretStr) -> None:
        """Record that this password was refused just now."""
        salt = os.urandom(16)
        kept = {"at": datetime.now(UTC).isoformat(), "salt": salt.hex(), "tag": _tag(password, salt)}
        try:
            private_dir(self._path.parent)
            with text_part(self._path, encoding="ascii") as part:
                json.dump(kept, part.file)
                part.replace(self._path)
        except (OSError, UnsafePath) as error:
            log.warning("the refusal cannot be kept: %s", error)

    def forget(self) -> None:
        """Delete the record, because a password was accepted."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def _tag(password: SecretStr, salt: bytes) -> str:
    text = password.get_secret_value().encode("utf-8", "surrogateescape")
    return hashlib.pbkdf2_hmac("sha256", text, salt, _ROUNDS, _TAG_BYTES).hex()
