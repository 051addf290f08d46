"""The bundle in a bare Debian: no Python, no network, not even the right to write to its own folder.

Not collected by ``make test``; ``make test-bundle`` names the bundle in ``BUNDLE``. ``BARE_SUITES`` names
other releases; ``tests.bundle.bare_root`` lists the requirements.
"""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle.bare_root import ENVIRONMENT, HOME, NEEDS, Host, copy_of, debian
from tests.support.certificates import self_signed
from tests.support.chain import Chain
from tests.support.terminal import Terminal

BUNDLE = Path(os.environ.get("BUNDLE", ""))
SUITES = os.environ.get("BARE_SUITES", "bullseye bookworm").split()
PLACE = "/opt/a place with blanks/bundle"
COMMAND = "/usr/local/bin/anaplan-tui"
PYTHON = f"'{PLACE}/runtime/bin/python3' -I -u"
pytestmark = NEEDS

LOAD = "Regional targets load"
SOURCE = "Region,Month,Target\r\n" + "North,Jan 26,1\r\n" * 40 + "Sud,Feb 26,7\r\n"


@pytest.fixture(scope="module", params=SUITES)
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A root with the bundle unpacked, and a link to its launcher in PATH."""
    root = copy_of(debian(request.param), tmp_path_factory.mktemp("bare") / "root")
    assert not list(root.glob("usr/bin/python*")), "a bare root has no Python"
    for library in [*root.rglob("libstdc++.so*"), *root.rglob("libgcc_s.so*")]:
        library.unlink()  # only apt needs them, and not every host has apt
    inside = root / PLACE.lstrip("/")
    inside.mkdir(parents=True)
    subprocess.run(["tar", "-xf", BUNDLE, "-C", inside, "--strip-components=1"], check=True)
    (root / COMMAND.lstrip("/")).symlink_to(f"{PLACE}/anaplan-tui")
    with Host(root, PLACE) as host:
        yield host
    shutil.rmtree(root)


@pytest.fixture
def bare(host: Host) -> Host:
    """The host, with an operator who has just arrived."""
    host.empty_home()
    return host


def told(name: str) -> str:
    """Return a program of the operator's that writes down its environment."""
    return f"#!/bin/sh\nenv > {HOME}/{name}.env\n"


def environment(bare: Host, name: str) -> dict[str, str]:
    """Return the environment that program got."""
    lines = (bare.home / f"{name}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@contextlib.contextmanager
def tenant(bare: Host, *options: str, login: str = 'method = "basic"', top: str = "") -> Iterator[None]:
    """A tenant served by the bundle, and a configuration for it."""
    serve = bare.command(
        f"exec {PYTHON} -m anaplan_tui.demo --until-stdin-ends --speed 20 {' '.join(options)}"
    )
    with subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url, _, user, _, password = server.stdout.readline().split()
        urls = "".join(f'{name}_url = "{url}"\n' for name in ("api", "auth", "oauth"))
        profile = f'[profiles.here]\n{urls}workspace = "Supply Chain"\nmodel = "Demand plan"\n'
        who = f'username = "{user}"\n' if "basic" in login else ""
        auth = f"[profiles.here.auth]\n{login}\n{who}"
        bare.write("config.toml", f"{top}\n{profile}{auth}[polling]\ninterval = 0.1\n")
        bare.write("password", password)
        yield
        server.stdin.close()


def test_it_says_its_version(bare: Host) -> None:
    done = bare.run("anaplan-tui --version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("anaplan-tui ")


def test_a_run_fails_its_dumps_come_and_are_explained(bare: Host) -> None:
    done = bare.run("anaplan-tui --demo run 'Nightly load' --dumps dumps --json")
    assert done.returncode == 1, done.stderr
    dumps = [action["dump"].get("path") for action in json.loads(done.stdout)["actions"]]
    dumps = [dump for dump in dumps if dump]
    assert len(dumps) == 2
    for dump in dumps:
        assert bare.run(f"anaplan-tui verify '{dump}'").returncode == 0
        triage = bare.run(f"anaplan-tui triage '{dump}' --json")
        assert triage.returncode == 0, triage.stderr
        assert json.loads(triage.stdout)["groups"]


def test_the_demos_tenant_is_not_among_the_operators_state(bare: Host) -> None:
    assert bare.run("anaplan-tui --demo processes").returncode == 0
    state = bare.home / ".local" / "state"
    assert list((state / "anaplan-tui-demo").glob("tenant*"))
    assert not list((state / "anaplan-tui").rglob("tenant*"))


def test_the_doctor_names_nothing_of_the_bundle(bare: Host) -> None:
    for command, code in (
        ("--demo doctor", 0),
        ("--demo doctor --json", 0),
        ("doctor", 2),
        ("config init", 2),
    ):
        done = bare.run(f"anaplan-tui {command}")
        assert done.returncode == code, done.stdout + done.stderr
        for word in (PLACE, "runtime", "site-packages"):
            assert word not in done.stdout + done.stderr


def test_the_guard_keeps_what_failed(bare: Host) -> None:
    assert bare.run("anaplan-tui --demo run 'Nightly load' --detach").returncode == 0
    assert bare.run("anaplan-tui --demo wait --for 5m").returncode == 0
    done = bare.run("anaplan-tui --demo guard --once")
    assert done.returncode == 1, done.stdout + done.stderr
    assert list((bare.home / "anaplan-dumps").rglob("*.csv"))


def test_tls_trusts_what_the_system_trusts(bare: Host, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    bare.write("key.pem", key.read_bytes())
    bare.write("certificate.pem", certificate.read_bytes())
    store = bare.root / "etc" / "ssl" / "certs" / "ca-certificates.crt"
    store.parent.mkdir(parents=True, exist_ok=True)
    listed = 'ANAPLAN_TUI_PASSWORD="$(cat password)" anaplan-tui --config config.toml processes'
    with tenant(bare, "--ssl-certfile", "certificate.pem", "--ssl-keyfile", "key.pem"):
        store.write_bytes(b"")
        refused = bare.run(listed)
        assert refused.returncode == 6, "a certificate that no CA vouches for is refused"
        assert "certificate" in refused.stderr
        store.write_bytes(certificate.read_bytes())
        done = bare.run(listed)
    store.unlink()
    assert done.returncode == 0, done.stderr
    assert "Nightly load" in done.stdout


def test_a_certificate_logs_in(bare: Host) -> None:
    chain = Chain()
    bare.write("combined.pem", chain.laid_out("key ca certificate"))
    bare.write("key.pem", chain.key_pem)
    login = 'method = "certificate"\ncertificate = "combined.pem"\nprivate_key = "key.pem"'
    with tenant(bare, "--speed", "1", login=login):
        done = bare.run("anaplan-tui --config config.toml workspaces")
    assert done.returncode == 0, done.stderr
    assert "Supply Chain" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_the_commands_own(bare: Host, shell: str) -> None:
    done = bare.run(f"anaplan-tui completion {shell}")
    assert done.returncode == 0
    assert "anaplan-tui" in done.stdout
    assert PLACE not in done.stdout


def test_bash_completes_what_was_run(bare: Host) -> None:
    assert bare.run("anaplan-tui --demo run 'Region order'").returncode == 0
    command = bare.command("exec bash --norc", LD_LIBRARY_PATH="")
    with Terminal(command, {"PATH": os.environ["PATH"]}) as terminal:
        terminal.press('eval "$(anaplan-tui completion bash)"\r')
        terminal.press("anaplan-tui --demo run Reg\t")
        terminal.wait_for("run Region\\ order")


def test_manual_and_licences_travel_along(bare: Host) -> None:
    inside = bare.root / PLACE.lstrip("/")
    assert (inside / "share" / "man" / "man1" / "anaplan-tui.1").stat().st_size > 1000
    assert (inside / "config.example.toml").is_file()
    names = {path.name for path in (inside / "share" / "licenses").iterdir()}
    assert {"anaplan-tui.txt", "python.txt", "openssl.txt", "sqlite.txt", "sources.txt"} <= names
    libraries = {path.name.split(".so")[0] for path in (inside / "runtime" / "lib").glob("*.so*")}
    assert len(libraries) >= 8
    sources = (inside / "share" / "licenses" / "sources.txt").read_text().splitlines()
    assert {"gcc-10", "ncurses", "openssl", "python3.13"} <= {line.split()[0] for line in sources}
    infos = list((inside / "runtime").rglob("*.dist-info"))
    assert len(infos) > 20
    bare_of_text = [
        path.name
        for path in infos
        if not [f for f in path.rglob("*") if f.name.upper().startswith(("LICEN", "COPYING", "NOTICE"))]
    ]
    assert bare_of_text == []


def test_what_the_app_starts_gets_the_operators_environment(bare: Host) -> None:
    """The secret's program and the notice's, as commands and the guard start them."""
    bare.write("secret", f"{told('secret')}cat {HOME}/password\n", 0o700)
    bare.write("notify", f"{told('notify')}cat > /dev/null\n", 0o700)
    login = f'method = "basic"\npassword_command = ["{HOME}/secret"]'
    with tenant(bare, login=login, top=f'notify_command = ["{HOME}/notify"]'):
        done = bare.run("anaplan-tui --config config.toml guard --test-notify", OWN="kept")
        assert done.returncode == 0, done.stderr
        assert bare.run("anaplan-tui --config config.toml workspaces", OWN="kept").returncode == 0
    for name in ("secret", "notify"):
        got = environment(bare, name)
        assert {**ENVIRONMENT, "OWN": "kept"}.items() <= got.items(), name
        assert set(got) - set(ENVIRONMENT) - {"OWN"} <= {"PWD", "OLDPWD", "SHLVL", "_"}, name


def test_from_the_reason_to_the_corrected_run_in_a_terminal(bare: Host) -> None:
    """The app, and the operator's editor with the operator's environment."""
    bare.write("targets.csv", SOURCE)
    bare.write("correct", f'{told("editor")}sed -i s/Sud/North/ "$1"\n', 0o700)
    config = f"ANAPLAN_TUI_PASSWORD=$(cat password) anaplan-tui --config {HOME}/config.toml"
    with tenant(bare):
        assert bare.run(f"{config} upload targets.csv targets.csv").returncode == 0
        assert bare.run(f"{config} run '{LOAD}'").returncode == 3
        command = bare.command(f"{config}", EDITOR=f"{HOME}/correct")
        with Terminal(command, {"PATH": os.environ["PATH"]}, rows=24, columns=80) as terminal:
            terminal.wait_for(LOAD)
            for key, shows in (
                ("t", "▸ ! warnings"),
                ("o", "Item not located in Region list"),
                ("e", "Save 1 rejected row for correction"),
                ("\r", "1 row saved"),
                ("E", "Upload the whole source, corrected?"),
                ("y", "targets_merged.csv as 'targets.csv'?"),
                ("y", "all 2 actions completed"),
            ):
                terminal.press(key)
                terminal.wait_for(shows)
            terminal.press("q")
            assert terminal.ended() == 0
            terminal.assert_restored()
    assert (bare.home / "targets_merged.csv").read_text() == SOURCE.replace("Sud", "North").replace(
        "\r\n", "\n"
    )
    got = environment(bare, "editor")
    assert ENVIRONMENT.items() <= got.items()


def test_the_demo_opens_in_a_terminal(bare: Host) -> None:
    command = bare.command("exec anaplan-tui --demo")
    with Terminal(command, {"PATH": os.environ["PATH"]}, rows=24, columns=80) as terminal:
        terminal.wait_for("Nightly load")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_restored()


def test_a_terminal_that_cannot_place_text_is_named(bare: Host) -> None:
    command = bare.command("exec anaplan-tui --demo", TERM="vt52")
    with Terminal(command, {"PATH": os.environ["PATH"]}) as terminal:
        assert terminal.ended() == 2
        terminal.hang_up()
        assert "cannot place text" in terminal.text
