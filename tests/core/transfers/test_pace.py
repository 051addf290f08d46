"""How often a chunk is tried, and the waits in between."""

import pytest

from anaplan_tui.api.errors import AnaplanError, Broken, RateLimited, ServerFailed, Unreachable
from anaplan_tui.core.transfers.pace import Patience

PATIENCE = Patience(tries=8, longest_wait_s=600)


def unreachable(broken: Broken) -> Unreachable:
    return Unreachable("fetch a chunk", "no", broken=broken, sent=True)


def busy(kind: type[RateLimited | ServerFailed], seconds: float | None) -> AnaplanError:
    return kind("fetch a chunk", "busy", retry_after_s=seconds)


@pytest.mark.parametrize(
    ("error", "enough"),
    [
        (unreachable(Broken.CUT), 8),
        (unreachable(Broken.SLOW), 2),
        (busy(RateLimited, None), 8),
        (busy(ServerFailed, 600), 8),
        (busy(RateLimited, 601), 1),
        (busy(ServerFailed, 601), 1),
    ],
)
def test_tries_are_spent(error: AnaplanError, enough: int) -> None:
    assert next(tried for tried in range(1, 20) if PATIENCE.spent(tried, error)) == enough


def test_a_pause_is_what_was_asked_for_or_grows() -> None:
    assert PATIENCE.delay(1, busy(ServerFailed, 7)) == 7
    assert PATIENCE.delay(1, busy(RateLimited, None)) == PATIENCE.unsaid_rate_pause_s
    assert all(PATIENCE.delay(tried, unreachable(Broken.CUT)) <= 0.5 * 2**tried for tried in range(1, 5))
