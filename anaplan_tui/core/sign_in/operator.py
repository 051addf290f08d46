"""Pass a login's messages to the operator: codes to type, and refused logins.

A login does not know who is there. The operator, reached by a terminal's stderr or by the app, attends;
without one, no code is asked for.
"""

from collections.abc import Callable
from typing import Protocol

from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.api.oauth import DeviceCode


class Operator(Protocol):
    """Somebody who can act on a login's messages."""

    def code_changed(self, code: DeviceCode | None) -> None:
        """Show a code to type; ``None``: the last one is no longer valid."""

    def login_refused(self, error: NotAuthenticated) -> None:
        """Report a refused login; no request can be sent before the operator allows another login."""


class SignIn:
    """Passes a login's messages to the attending operator, if there is one."""

    def __init__(self, operator: Operator | None = None) -> None:
        self._operator = operator

    @property
    def attended(self) -> bool:
        """Whether somebody would see a code."""
        return self._operator is not None

    def attend(self, operator: Operator) -> None:
        """Send all messages to ``operator`` from now on."""
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
    """An operator at a terminal that is written line by line; a refused login ends the command itself."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def code_changed(self, code: DeviceCode | None) -> None:
        """Print a code to type elsewhere; a printed one cannot be withdrawn."""
        if code is not None:
            self._tell(f"To log in, open {code.direct_url or code.url} and type the code {code.user_code}.")

    def login_refused(self, error: NotAuthenticated) -> None:
        """Do nothing: the command ends with the error."""
