"""Proxy variables as hosts set them, on the installed command: one that does not apply stops nothing."""

import subprocess
from pathlib import Path

import pytest

from tests.support.command import DEADLINE_S, Done, Place

pytestmark = [pytest.mark.e2e]

ODD = [
    {"NO_PROXY": "fd00::/8"},
    {"NO_PROXY": "localhost,[::1]"},
    {"no_proxy": "10.0.0.0/8, *.corp.invalid , host.invalid:443 ,, ::1"},
    {"ALL_PROXY": "socks5://proxy.invalid:1080"},
    {"all_proxy": "socks4://proxy.invalid"},
    {"HTTPS_PROXY": "http://ops:p@/ss#w@[", "http_proxy": "nonsense://", "ALL_PROXY": "::"},
]


def run(place: Place, variables: dict[str, str], *arguments: str) -> Done:
    done = subprocess.run(
        place.arguments(*arguments),
        env=place.env | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("variables", ODD, ids=[" ".join(v) + str(n) for n, v in enumerate(ODD)])
def test_odd_variables_stop_nothing_on_this_machine(place: Place, variables: dict[str, str]) -> None:
    done = run(place, variables, "processes", "--json")
    assert (done.code, done.err) == (0, "")
    assert len(done.items) == 45


def test_nor_do_they_stop_the_demo(place: Place) -> None:
    variables = {name: value for odd in ODD for name, value in odd.items()}
    assert run(place, variables, "--demo", "processes", "--json").code == 0


@pytest.mark.parametrize(
    "value", ["socks4://proxy.invalid", "quic://ops:s3cret@proxy.invalid", "http://ops:s3cret@["]
)
def test_a_variable_that_cannot_be_used_is_named_where_it_applies(tmp_path: Path, value: str) -> None:
    place = Place(tmp_path, "https://tenant.invalid")
    done = run(place, {"ALL_PROXY": value}, "processes")
    assert done.code == 2
    assert "ALL_PROXY" in done.err
    assert "s3cret" not in done.err
    spared = run(place, {"ALL_PROXY": value, "NO_PROXY": ".invalid"}, "processes")
    assert spared.code == 6
    assert "tenant.invalid does not resolve" in spared.err
    assert "ALL_PROXY" not in spared.err
