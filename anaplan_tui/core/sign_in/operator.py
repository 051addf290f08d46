"""Between a login and the operator: codes to type, logins that are refused, things to be warned of.

A login neither knows who is there nor waits for nobody. Whoever is there, a terminal's stderr or the app,
attends; without anybody no code is asked for.
"""

from collections.abc import Callable
from typing import Protocol

from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.api.oauth import DeviceCode


class Operator(Protocol):
    """Somebody who can act on what a login says."""

    def code_changed(self, code: DeviceCode | None) -> None:
        """A code waits to be typed; ``None``: the one before is no longer of use."""

    def login_refused(self, error: NotAuthenticated) -> None:
        """Nothing can be asked of the service until somebody lets it log in again."""


class SignIn:
    """Passes on what a login says to whoever attends."""

    def __init__(self, operator: Operator | None = None) -> None:
        self._operator = operator

    @property
    def attended(self) -> bool:
        """Whether somebody would see a code."""
        return self._operator is not None

    def attend(self, operator: Operator) -> None:
        """From now on this one is told."""
        self._operator = operator

    def show(self, code: DeviceCode | None) -> None:
        """See :meth:`Operator.code_changed`."""
        if self._operator is not None:
            self._operator.code_changed(code)

    def refused(self, error: NotAuthenticated) -> None:
        """See :meth:`Operator.login_refused`."""
        if self._operator is not None:
            self._operator.login_refused(error)


class TerminalOperator:
    """Somebody before a terminal that is written to line by line; a refusal is the command's own end."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def code_changed(self, code: DeviceCode | None) -> None:
        """Show a code that has to be typed elsewhere, or take it away."""
        if code is not None:
            self._tell(f"To log in, open {code.direct_url or code.url} and type the code {code.user_code}.")

    def login_refused(self, error: NotAuthenticated) -> None:
        """Nothing: the command ends with it."""
