"""The stories: what to do in a terminal, and when to take a picture of it."""

from anaplan_tui.demo.faults import Fault
from tests.pictures.stage import ENTER, ESCAPE, Look, Seen, stage

CONNECTION_RATE = 5_000_000.0
"""Bytes a second for each connection, so that a download lasts long enough to see."""
CLIENT = "c" * 32

RUNBOOKS = {
    "nightly": """
name = "Nightly"

[[step]]
wait = "idle"
name = "model is free"

[[step]]
run = "Headcount snapshot"

[[step]]
run = "Nightly load"
on_failure = "continue"

[[step]]
export = "Sales - Revenue.csv"
to = "out/revenue_{date}.csv"
""",
    "targets": """
name = "Regional targets, by hand"

[[step]]
upload = "targets.csv"
from = "in/targets.csv"

[[step]]
run = "Regional targets load"
""",
    "week": '[[step]]\nrun = "Weekly master data"\n\n[[step]]\nrun = "Weekly targets lod"\n',
    "draft": '[[step]]\nrun = "Price update"\nfrobnicate = 3\n',
}


def glance(look: Look) -> None:
    """The most used screens, after a run that failed."""
    with stage(look, speed=20.0) as at:
        at.home("run", "Nightly load", "--dumps", str(at.home.root / "anaplan-dumps"))
        at.tenant.clock.speed = 1.0
        with at.app() as seen:
            seen.shows("model idle")
            seen.shoot("catalog")
            seen.find("nightly load")
            seen.shows("from here")
            seen.terminal.wait_until_still()
            seen.press(ENTER, then="REJ.")
            seen.shoot("run-failed")
            seen.press("r", then="Don't run")
            seen.shoot("confirm")
            seen.press("n")
            seen.goes("Don't run")
            seen.press("g", "j", "o", then="1,234 rows")
            seen.shoot("triage")


def job(look: Look) -> None:
    """From the list of processes to the rejected rows, saved for correction."""
    with stage(look) as at, at.app() as seen:
        seen.shows("model idle")
        seen.find("nightly load")
        seen.shows("History on the service")
        seen.shoot("process")
        seen.press("y", then="Copy what?")
        seen.shoot("copy")
        seen.press(ESCAPE)
        seen.goes("Copy what?")
        seen.press("r", then="Don't run")
        seen.shoot("confirm")
        seen.press("y", then="step 2 of 5")
        at.tenant.clock.speed = 0.02  # holds still for all pictures of it
        seen.shoot("run-live")
        seen.press("x", then="may stay applied")
        seen.shoot("cancel")
        seen.press("n")
        seen.goes("may stay applied")
        seen.press("q", then="on in Anaplan")
        seen.shoot("quit")
        seen.press("n")
        at.tenant.clock.speed = 4.0
        seen.shows("✗ failed")
        seen.shows("on disk, exact")
        seen.goes("Fetched")
        seen.shoot("run-failed")
        seen.press("?", then="Keys: run")
        seen.shoot("help")
        seen.press(ESCAPE)
        seen.goes("Keys: run")
        _part_of_it(seen)
        _its_rows(seen)


def _part_of_it(seen: Seen) -> None:
    seen.press("F", then="Run part of")
    seen.shoot("run-part")
    seen.press(ESCAPE)
    seen.goes("Run part of")


def _its_rows(seen: Seen) -> None:
    seen.press("g", "j", "o", then="1,234 rejected")
    seen.terminal.wait_until_still()
    seen.shoot("triage")
    seen.press(ENTER, then="! Region")
    seen.shoot("triage-rows")
    seen.press(ENTER, then="row 1 of")
    seen.shoot("triage-row")
    seen.press(ESCAPE)
    seen.goes("row 1 of")
    seen.press(ESCAPE)
    seen.goes("! Region")
    seen.press("e", then="for correction")
    seen.shoot("save")
    seen.press(ENTER, then="saved")


def correction(look: Look) -> None:
    """From a partly rejected source to the question about the whole of it."""
    with stage(look, speed=20.0) as at:
        source = at.home.root / "targets.csv"
        rows = "".join(f"North,Jan 26,{n}\r\n" for n in range(40))
        source.write_text(f"\ufeffRegion,Month,Target\r\n{rows}Sud,Feb 26,7\r\nWest,Mar 26,9", newline="")
        at.home("upload", "targets.csv", str(source))
        at.home("run", "Regional targets load")
        with at.app(EDITOR="sed -i s/Sud/Süd/") as seen:
            seen.shows("model idle")
            seen.press("t", then="· 1 here")
            seen.press("o", then="IN COLUMN")
            seen.terminal.wait_until_still()  # until it is read completely
            seen.press("e", then="for correction")
            seen.press(ENTER, then="saved")
            seen.press("E", then="Upload the whole source")
            seen.shoot("merge")
            seen.press("y", then="then run again")
            seen.shoot("upload")
            seen.press("n")


def night(look: Look) -> None:
    """Last night's runs of others, with those that need attention first."""
    with stage(look, "night") as at, at.app() as seen:
        seen.shows("1 failed, 3 ")
        seen.shows("▶ running")
        seen.goes("lists read")
        seen.shoot("catalog")
        seen.press("!", then="that need attention")
        seen.shoot("attention")
        seen.press("!")
        seen.press("j", " ", " ", " ", then="3 marked")
        seen.shoot("marks")
        seen.press(ESCAPE)
        seen.goes("marked")
        seen.press("t", then="elsewhere")
        seen.shoot("runs")
        _places(seen)


def commands(look: Look) -> None:
    """The commands that need no screen."""
    with stage(look, "night") as at:
        for command in ("history", "busy", "doctor"):
            at.printed(command, command)
        at.printed("guard", "guard", "--once")


def _places(seen: Seen) -> None:
    seen.press("m", then="ARCHIVED")
    seen.shoot("models")
    seen.press("L", then="newest first")
    seen.shoot("log")
    seen.press(ESCAPE)
    seen.goes("newest first")
    seen.press(":", *"down", then="All downloads and uploads")
    seen.shoot("palette")
    seen.press(ESCAPE)
    seen.goes("All downloads and uploads")


def plays(look: Look) -> None:
    """Runbooks: the directory, the question, a play under way."""
    with stage(look, top='[runbooks]\ndirectory = "~/runbooks"\n', speed=1.0) as at:
        folder = at.home.root / "runbooks"
        folder.mkdir()
        for name, text in RUNBOOKS.items():
            (folder / f"{name}.toml").write_text(text)
        with at.app() as seen:
            seen.shows("model idle")
            seen.press("5", then="not played yet")
            seen.shoot("runbooks")
            seen.press("j", then="▸ Nightly")
            seen.press(ENTER, then="model is free")
            seen.press("r", then="From the top")
            seen.shoot("play-question")
            seen.press("y", then="Closing the app stops")
            seen.shows("▶ ")
            seen.shoot("play")


def downloads(look: Look) -> None:
    """The progress bars of a dump of 120 MB."""
    with stage(look, speed=10.0) as at:
        at.tenant.faults.add(Fault("GET */chunks/*", "bandwidth", count=None, rate=CONNECTION_RATE))
        with at.app() as seen:
            seen.shows("model idle")
            seen.find("ledger load")
            seen.shows("History on the service")
            seen.press("r", then="Don't run")
            seen.press("y", then="! Ledger load")
            seen.press("w", then="MB/s")
            seen.shoot("downloads")


def sign_in(look: Look) -> None:
    """A code to type elsewhere, its page for a telephone, and the end of the sign-in."""
    with stage(look, method="oauth-device", auth=f'client_id = "{CLIENT}"', secrets={}) as at:
        at.tenant.tenant.devices.interval = 1
        with at.app() as seen:
            seen.shows("type the code")
            seen.shoot("sign-in")
            seen.press("c", then="▄")
            seen.shoot("qr-code")
            seen.press(ESCAPE, then="type the code")
            at.tenant.tenant.devices.approve_all()
            seen.shows("model idle")
            seen.press(":", *"log out", then="End the sign-in")
            seen.press(ENTER, then="Log out of profile")
            seen.shoot("log-out")
