"""The API's errors: every way a call can fail, in words for the operator.

Each error carries what we were doing, what was said (by the service or the network) and what to do
next. Texts from the service are clean (``api.clean``) but still foreign: show them as data.
"""

from enum import StrEnum

from anaplan_tui.trouble import Exit, Trouble


class AnaplanError(Trouble):
    """Base of all errors of the API room.

    ``outcome_unknown`` says whether the request may have been carried out although it failed: the one
    question that matters for a request that must not be sent twice (service.md §10).
    """

    outcome_unknown: bool = False
    retry_after_s: float | None = None
    """Seconds that the service asked us to wait, if it did (``Retry-After``)."""

    def __init__(self, doing: str, said: str = "", advice: str = "", *, status: int | None = None) -> None:
        self.doing = doing
        self.said = said
        self.advice = advice
        self.status = status
        """The HTTP status, if there was one."""
        super().__init__(doing, said, advice)

    @property
    def cause(self) -> str:
        """What was said, or the whole message if nothing was."""
        return self.said or str(self)

    def explain(self, said: str, advice: str) -> None:
        """Replace the words that it was made with by better ones."""
        self.said, self.advice = said, advice
        self.args = (self.doing, said, advice)

    def __str__(self) -> str:
        head = f"Cannot {self.doing}: {self.said}" if self.said else f"Cannot {self.doing}"
        head = head.rstrip(".")
        return f"{head}. {self.advice}" if self.advice else f"{head}."


class NotAuthenticated(AnaplanError):
    """The login was refused, or the token is dead and could not be renewed (401)."""

    exit_code = Exit.NOT_AUTHENTICATED


class NoAccess(AnaplanError):
    """Logged in, but without the right to do this (403)."""

    exit_code = Exit.NOT_FOUND


class NotFound(AnaplanError):
    """Unknown, removed, or hidden by a NO ACCESS role: the service answers 404 to all three.

    Source: service.md §3.1, §9.2.
    """

    exit_code = Exit.NOT_FOUND


class ModelUnavailable(AnaplanError):
    """The model is archived (422), locked (423), offline (424) or deployed (425): service.md §9.2."""

    exit_code = Exit.NOT_FOUND


class Refused(AnaplanError):
    """The request itself was refused: 400, 405, 406, 409, 415 and other 4xx."""


class _Postponed(AnaplanError):
    """An answer that may say when to come back."""

    def __init__(
        self,
        doing: str,
        said: str = "",
        advice: str = "",
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(doing, said, advice, status=status)
        self.retry_after_s = retry_after_s


class RateLimited(_Postponed):
    """Still 429 after the allowed number of waits."""

    exit_code = Exit.NOT_REACHABLE


class ServerFailed(_Postponed):
    """A 5xx after the allowed tries."""

    exit_code = Exit.NOT_REACHABLE

    outcome_unknown = True


class Unreadable(AnaplanError):
    """The answer is not what the API speaks: HTML, broken JSON, a wrong shape, a short body."""

    exit_code = Exit.NOT_REACHABLE

    outcome_unknown = True


class Broken(StrEnum):
    """Which part of the connection to the service is broken."""

    NAME = "name"
    """The host's name does not resolve."""
    CONNECT = "connect"
    """Nobody listens, or no route."""
    TLS = "tls"
    """The certificate or the handshake was refused."""
    PROXY = "proxy"
    """The proxy is not reachable or refused."""
    TIMEOUT = "timeout"
    """Connected, but no answer in time."""
    SLOW = "slow"
    """An answer came, but hardly moved."""
    CUT = "cut"
    """The connection ended before the answer was whole."""


class Unreachable(AnaplanError):
    """No (whole) answer came over the network."""

    exit_code = Exit.NOT_REACHABLE

    def __init__(
        self,
        doing: str,
        said: str,
        advice: str = "",
        *,
        broken: Broken,
        sent: bool,
        status: int | None = None,
    ) -> None:
        super().__init__(doing, said, advice, status=status)
        self.broken = broken
        self.sent = sent
        """Whether any of the request may have reached the service."""
        self.outcome_unknown = sent


class Unusable(Unreachable):
    """A setting or variable that names a proxy cannot be used, and a request needs that proxy.

    Trying again does not help: the configuration has to be changed.
    """

    exit_code = Exit.USAGE

    def __init__(self, named_by: str, clause: str, advice: str) -> None:
        super().__init__("reach Anaplan", f"{named_by} {clause}", advice, broken=Broken.PROXY, sent=False)
