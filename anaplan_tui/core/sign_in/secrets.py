"""Find a login's secret: in the environment, from the operator's command or file, or by asking.

A secret goes to the login and is kept nowhere else: not in settings, logs, errors or the journal.
"""

import os
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.config import secret_file
from anaplan_tui.config.needed_secret import Secret, needed_secret
from anaplan_tui.config.settings import Auth
from anaplan_tui.core.sign_in.secret_command import CommandFailed, TerminalLoan, output_of
from anaplan_tui.trouble import Exit, Trouble

COMMAND_TIMEOUT_S = 30.0
"""How long a secret's command may take in the background; a password store may have to ask somebody."""


Ask = Callable[[Secret], str]
"""Asks the operator for a secret, without echo; may block."""


class NoSecret(Trouble):
    """No secret was found: ``problem`` says why, ``advice`` what to do. Neither quotes any of it."""

    exit_code = Exit.NOT_AUTHENTICATED

    def __init__(self, secret: Secret, problem: str, advice: str) -> None:
        self.secret = secret
        self.problem = problem
        self.advice = advice
        super().__init__(secret, problem, advice)

    def __str__(self) -> str:
        return f"No {self.secret.words}: {self.problem}.\n{self.advice}"


def find(secret: Secret, auth: Auth, ask: Ask | None = None, loan: TerminalLoan | None = None) -> str:
    """Return a profile's secret: from its variable, else its command, else its file, else by ``ask``.

    Blocks while a command runs or the operator thinks. Raises :class:`NoSecret` when there is no source, or
    when the configured one fails; it is never skipped silently. ``loan`` gives the terminal to a command
    that tries to read it.
    """
    if secret is Secret.PASSWORD and auth.built_in_password is not None:
        return auth.built_in_password
    value = os.environ.get(secret.variable)
    if value or (value is not None and secret.may_be_empty):
        return value
    command: tuple[str, ...] | None = getattr(auth, f"{secret.value}_command")
    if command is not None:
        return _first_line(secret, command, loan or TerminalLoan())
    file: Path | None = getattr(auth, f"{secret.value}_file")
    if file is not None:
        return _from_file(secret, file)
    if ask is not None and ((answer := ask(secret)) or secret.may_be_empty):
        return answer
    keys = f"{secret.value}_command or {secret.value}_file"
    advice = f"Set {secret.variable}, or {keys} in the profile's auth table."
    raise NoSecret(secret, "it is neither in the environment nor configured", advice)


def secret_for(auth: Auth, ask: Ask | None, loan: TerminalLoan | None = None) -> SecretStr | None:
    """Return the secret that a login needs; ``None`` when it needs none. Blocks as :func:`find`.

    Raises:
        NoSecret: a secret is needed and was not found.
    """
    secret = needed_secret(auth)
    return None if secret is None else SecretStr(find(secret, auth, ask, loan))


def _first_line(secret: Secret, command: tuple[str, ...], loan: TerminalLoan) -> str:
    advice = f"Check {secret.value}_command in the profile's auth table, or set {secret.variable}."
    try:
        output = output_of(command, COMMAND_TIMEOUT_S, loan)
    except CommandFailed as error:
        raise NoSecret(secret, error.problem, advice) from None
    try:
        line = output.partition(b"\n")[0].rstrip(b"\r").decode()
    except UnicodeDecodeError:
        line = ""
    if not line and not (secret.may_be_empty and output):
        raise NoSecret(secret, "its command printed no text on its first line", advice)
    return line


def _from_file(secret: Secret, file: Path) -> str:
    try:
        line = secret_file.first_line(file)
    except secret_file.SecretFileFailed as error:
        raise NoSecret(secret, error.problem, error.advice) from None
    if not line and not secret.may_be_empty:
        raise NoSecret(secret, f"the first line of {file} is empty", "Put it on the file's first line.")
    return line


class SecretSource:
    """Gives a login its secret: the first call returns the known one, each later call fetches it anew."""

    def __init__(self, auth: Auth, ask: Ask | None, loan: TerminalLoan, first: SecretStr) -> None:
        self._auth, self._ask, self._loan = auth, ask, loan
        self._first: SecretStr | None = first

    def __call__(self) -> SecretStr:
        """Return the secret. Blocks as :func:`find`. Raises :class:`NotAuthenticated`."""
        first, self._first = self._first, None
        try:
            if first is None:
                first = secret_for(self._auth, self._lent if self._ask else None, self._loan)
        except NoSecret as error:
            said = f"there is no {error.secret.words}: {error.problem}"
            raise NotAuthenticated("log in", said, error.advice) from None
        return first if first is not None else SecretStr("")

    def _lent(self, secret: Secret) -> str:
        assert self._ask is not None  # noqa: S101  # without it, this method is not passed on
        with self._loan():
            return self._ask(secret)


def source_for(auth: Auth, ask: Ask | None, loan: TerminalLoan | None = None) -> SecretSource | None:
    """Return the source of a login's secret, with the first one fetched; ``None`` when it needs none.

    Raises:
        NoSecret: a secret is needed and was not found.
    """
    first = secret_for(auth, ask, loan)
    return None if first is None else SecretSource(auth, ask, loan or TerminalLoan(), first)
