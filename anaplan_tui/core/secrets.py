"""Where a login's secrets come from: the environment, a command of the operator's, or a question.

A secret is handed to whoever logs in and is kept nowhere else: not in settings, logs, errors or the
journal.
"""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum, auto

from pydantic import SecretStr

from anaplan_tui.permissions import who_can_read
from anaplan_tui.settings import Auth

COMMAND_TIMEOUT_S = 30.0
"""How long a secret's command may take; a password store may have to ask somebody first."""


class Secret(StrEnum):
    """A secret by its key in the configuration, where ``_command`` follows it."""

    PASSWORD = auto()
    TOKEN = auto()
    PRIVATE_KEY_PASSWORD = auto()

    @property
    def variable(self) -> str:
        """The environment variable that holds it."""
        return f"ANAPLAN_TUI_{self.name}"

    @property
    def may_be_empty(self) -> bool:
        """A ``.p12`` may have an empty passphrase; an empty password or token is none."""
        return self is Secret.PRIVATE_KEY_PASSWORD

    @property
    def words(self) -> str:
        """What it is, for people."""
        return self.value.replace("_", " ")


Ask = Callable[[Secret], str]
"""Asks the operator for it, without echo; may block."""


class NoSecret(Exception):
    """A secret could not be had: ``problem`` says why, ``advice`` what to do. Neither holds any of it."""

    def __init__(self, secret: Secret, problem: str, advice: str) -> None:
        self.secret = secret
        self.problem = problem
        self.advice = advice
        super().__init__(secret, problem, advice)

    def __str__(self) -> str:
        return f"No {self.secret.words}: {self.problem}.\n{self.advice}"


def find(secret: Secret, auth: Auth, ask: Ask | None = None) -> str:
    """The secret of a profile: from its variable, else its command, else by ``ask``.

    Blocks while a command runs or the operator thinks. Raises :class:`NoSecret` when there is no source,
    or the command that is configured fails; it is not passed over in silence.
    """
    if secret is Secret.PASSWORD and auth.built_in_password is not None:
        return auth.built_in_password
    value = os.environ.get(secret.variable)
    if value or (value is not None and secret.may_be_empty):
        return value
    command: tuple[str, ...] | None = getattr(auth, f"{secret.value}_command")
    if command is not None:
        return _first_line(secret, command)
    if ask is not None and ((answer := ask(secret)) or secret.may_be_empty):
        return answer
    advice = f"Set {secret.variable}, or {secret.value}_command in the profile's auth table."
    raise NoSecret(secret, "it is neither in the environment nor configured", advice)


def secret_for(auth: Auth, ask: Ask | None) -> SecretStr | None:
    """The secret that a login needs; ``None`` when it needs none. Blocks while somebody is asked.

    Raises:
        NoSecret: it is needed and not to be had.
    """
    match auth.method:
        case "basic":
            return SecretStr(find(Secret.PASSWORD, auth, ask))
        case "token":
            return SecretStr(find(Secret.TOKEN, auth, ask))
        case "certificate" if _key_has_password(auth):
            return SecretStr(find(Secret.PRIVATE_KEY_PASSWORD, auth, ask))
        case _:
            return None


def readable_key(auth: Auth) -> tuple[str, str] | None:
    """What to warn of, and the cure, when others can read the private key that a profile logs in with."""
    if auth.method != "certificate" or auth.private_key is None:
        return None
    try:
        readers = who_can_read(auth.private_key)
    except OSError:
        return None
    if not readers:
        return None
    path = auth.private_key
    return f"{path} can be read by {readers}", f"Run: chmod 600 {shlex.quote(str(path))}"


def _key_has_password(auth: Auth) -> bool:
    # Here, because cryptography takes a tenth of a second to load, and few profiles need it.
    from anaplan_tui.api.key_pair import needs_passphrase

    try:
        return auth.private_key is not None and needs_passphrase(auth.private_key)
    except OSError:
        # The login itself says what is wrong with the file.
        return False


def _first_line(secret: Secret, command: tuple[str, ...]) -> str:
    advice = f"Check {secret.value}_command in the profile's auth table, or set {secret.variable}."
    try:
        # A process group of its own, so that at a timeout the helpers it started go with it; nothing of
        # the terminal, which the screens own.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not a program"
        raise NoSecret(secret, f"its command cannot be run ({why.lower()})", advice) from None
    with process:
        try:
            output = process.communicate(timeout=COMMAND_TIMEOUT_S)[0]
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                problem = f"its command did not end within {COMMAND_TIMEOUT_S:g} s"
                raise NoSecret(secret, problem, advice) from None
            raise
    if process.returncode != 0:
        raise NoSecret(secret, f"its command failed with exit code {process.returncode}", advice)
    try:
        line = output.partition(b"\n")[0].rstrip(b"\r").decode()
    except UnicodeDecodeError:
        line = ""
    if not line:
        raise NoSecret(secret, "its command printed no text on its first line", advice)
    return line
