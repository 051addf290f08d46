"""Certificates, keys and CA bundles named in a configuration."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from anaplan_tui.demo.server import DemoServer
from tests.support.chain import Chain
from tests.support.command import Place
from tests.support.terminal import Terminal

KEY_FILES = 'certificate = "combined.pem"\nprivate_key = "key.pem"'


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


@pytest.fixture
def place(server: DemoServer, tmp_path: Path, chain: Chain) -> Place:
    server.clock.speed = 1  # a certificate login signs this host's time
    (tmp_path / "combined.pem").write_bytes(chain.laid_out("key ca certificate"))
    (tmp_path / "key.pem").write_bytes(chain.key_pem)
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    return Place(tmp_path, server.url, method="certificate", auth=KEY_FILES, secrets={})


def test_the_key_stays_here(place: Place, server: DemoServer, chain: Chain) -> None:
    assert place("workspaces").code == 0
    (login,) = server.log.matching("POST", "*/token/authenticate")
    assert login.status == 201


def test_a_key_that_others_can_read_is_warned_of(place: Place) -> None:
    key = place.root / "key.pem"
    assert "can be read" not in place("workspaces").err
    key.chmod(0o644)
    done = place("workspaces")
    assert done.code == 0
    assert f"{key} can be read by everybody. Run: chmod 600 {key}" in done.err
    checks = {check["name"]: check for check in place("doctor", "--json").document["items"]}
    assert checks["private key"]["finding"] == "warning"
    assert checks["private key"]["advice"] == f"Run: chmod 600 {key}"


@pytest.mark.parametrize("command", ["workspaces", "doctor"])
@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('ca_bundle = "absent.pem"', "profiles.here.ca_bundle"),
        ('ca_bundle = "key.pem"', "profiles.here.ca_bundle"),
        ('ca_bundle = "."', "profiles.here.ca_bundle"),
    ],
)
def test_a_bundle_that_is_not_there_is_configuration(
    command: str, line: str, key: str, place: Place, server: DemoServer
) -> None:
    place.settings = line
    done = place(command)
    assert done.code == 2
    assert f"{place.config}: {key} names {place.root}" in done.err + done.out
    assert server.log.count("POST", "*") + server.log.count("GET", "*") == 0


@pytest.mark.parametrize("key", ["certificate", "private_key"])
def test_a_key_file_that_is_not_there_is_configuration(key: str, place: Place) -> None:
    place.auth = KEY_FILES.replace(f'{key} = "', f'{key} = "absent-')
    done = place("workspaces")
    assert done.code == 2
    assert f"profiles.here.auth.{key} names" in done.err


def test_a_bundle_with_an_empty_passphrase(place: Place, chain: Chain) -> None:
    chain.bundle(place.root / "key.p12").chmod(0o600)
    place.auth = 'private_key = "key.p12"'
    unset = place("workspaces")
    assert unset.code == 5
    assert "ANAPLAN_TUI_PRIVATE_KEY_PASSWORD" in unset.err
    place.secrets = {"PRIVATE_KEY_PASSWORD": ""}
    assert place("workspaces").code == 0
    place.secrets = {}
    with Terminal(place.arguments("workspaces"), place.env) as terminal:
        terminal.wait_for_line("private key password for profile here:", hidden=True)
        terminal.press("\r")
        assert terminal.process.wait(60) == 0


def test_a_combined_file_in_the_header(place: Place, server: DemoServer, chain: Chain) -> None:
    """The tenant receives the certificate, and nothing of the key."""
    seen: list[str] = []
    authenticate = server.tenant.tokens.authenticate

    def watched(header: str, body: dict[str, object]) -> object:
        seen.append(header)
        return authenticate(header, body)

    server.tenant.tokens.authenticate = watched  # type: ignore[method-assign,assignment]
    place.auth = 'certificate = "combined.pem"\nprivate_key = "combined.pem"'
    assert place("workspaces").code == 0
    (header,) = seen
    sent = base64.b64decode(header.removeprefix("CACertificate "))
    assert sent == chain.certificate.public_bytes(Encoding.PEM)
