"""The file of an OAuth refresh token, shared by later and by concurrent runs of the program."""

import fcntl
import hashlib
import logging
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from anaplan_tui.config.paths import UnsafePath, private_dir, sign_in_name
from anaplan_tui.whole_file import text_part

log = logging.getLogger(__name__)

_LONGEST = 64 * 1024


class TokenFile:
    """The refresh token of one profile at one service, in a file that only its owner can read.

    A rotating token is void as soon as the service issues the next one. The next one must therefore be on
    disk before it is used (service.md §2.5), and two processes must not send the same one. The lock is the
    kernel's: a process that dies, however it dies, leaves none behind.
    """

    def __init__(
        self, directory: Path, profile: str, oauth_url: str, client_id: str, tell: Callable[[str], None]
    ) -> None:
        """``tell`` gets a line when a token could not be saved."""
        name = sign_in_name(profile, _origin(profile, oauth_url, client_id))
        self._path = directory / f"{name}.token"
        self._lock_path = directory / f"{name}.lock"
        self._tell = tell
        self._lock: int | None = None
        self._unkept: SecretStr | None = None
        """The newest token, if it could not be written to disk."""

    def try_lock(self) -> bool:
        """Lock the token for this process, without waiting; False while another process has it.

        Returns True, unlocked, on a file system without locks.
        """
        if self._lock is not None:
            return True
        try:
            private_dir(self._lock_path.parent)
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except (OSError, UnsafePath) as error:
            log.info("no lock for the sign-in: %s", error)
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        except OSError as error:
            log.info("no lock for the sign-in: %s", error)
        self._lock = lock
        return True

    def unlock(self) -> None:
        """Release the lock; do nothing when it is not held."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def load(self) -> SecretStr | None:
        """Return the token saved last, if any; a file of another user counts as none."""
        if self._unkept is not None:
            return self._unkept
        try:
            text = self._read().strip()
        except (OSError, UnicodeDecodeError):
            return None
        return SecretStr(text) if text and text.isprintable() else None

    def save(self, token: SecretStr | None) -> None:
        """Replace or delete the token; on disk when this returns, unless ``tell`` got the reason why not."""
        self._unkept = None
        try:
            if token is None:
                self._path.unlink(missing_ok=True)
            else:
                self._write(token.get_secret_value())
        except (OSError, UnsafePath) as error:
            self._unkept = token
            # The previous token is void: sent again, it could cost the whole sign-in.
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            reason = error.strerror if isinstance(error, OSError) else error.problem
            self._tell(
                f"The sign-in cannot be kept in {self._path.parent} ({reason}): "
                "it lasts as long as this session, and the next one will ask for a code."
            )

    def _read(self) -> str:
        file = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(file, encoding="ascii") as opened:
            found = os.fstat(opened.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                log.warning("%s is not a file of this user's, and is not read", self._path)
                return ""
            return opened.read(_LONGEST)

    def _write(self, text: str) -> None:
        private_dir(self._path.parent)
        # A name of its own, so as not to write into the file of another process or of one that was killed.
        # :func:`~anaplan_tui.config.paths.kept_tokens` finds a left-over file by that name.
        with text_part(self._path, encoding="ascii", prefix=f"{self._path.stem}-", suffix=".part") as part:
            part.file.write(text)
            part.replace(self._path)


def _origin(profile: str, oauth_url: str, client_id: str) -> str:
    """Identify what a refresh token is valid for: it must reach no other host and no other client."""
    host = urlsplit(oauth_url)
    place = f"{host.scheme.lower()}://{host.netloc.lower()}{host.path.rstrip('/')}"
    return hashlib.sha256("\n".join((profile, place, client_id)).encode()).hexdigest()[:16]
