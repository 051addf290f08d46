"""`python -m anaplan_tui.demo`: serve the demo tenant until told to stop."""

import argparse
import asyncio
import os
import signal
import sys
import threading
from dataclasses import fields
from pathlib import Path

from anaplan_tui.demo.faults import KINDS
from anaplan_tui.demo.habits import Habits
from anaplan_tui.demo.scenarios import BadScenario, scenarios
from anaplan_tui.demo.scratch import sweep
from anaplan_tui.demo.server import DemoServer


def main(argv: list[str] | None = None) -> int:
    """Serve as the arguments say. Return 0, or 2 for arguments that make no sense or a port that is taken."""
    options = _parser().parse_args(argv)
    if options.list:
        width = max(map(len, scenarios()))
        for name, shows in scenarios().items():
            print(f"{name:{width}}  {shows}")  # noqa: T201 # the command's output
        return 0
    try:
        serve(
            options.port,
            options.scenario,
            options.speed,
            options.state_dir,
            latency=options.latency,
            ssl_certfile=options.ssl_certfile,
            ssl_keyfile=options.ssl_keyfile,
            until_stdin_ends=options.until_stdin_ends,
        )
    except (BadScenario, OSError) as error:
        print(f"demo tenant: {error}", file=sys.stderr)  # noqa: T201 # the command's output
        return 2
    return 0


def serve(
    port: int = 0,
    scenario: str = "company",
    speed: float | None = None,
    state_dir: Path | None = None,
    *,
    latency: float | None = None,
    ssl_certfile: Path | None = None,
    ssl_keyfile: Path | None = None,
    until_stdin_ends: bool = False,
) -> None:
    """Print the line with the URL, then serve until Ctrl-C or SIGTERM, and on request until stdin ends.

    Raises BadScenario, and OSError when the port is taken.
    """
    sweep()
    server = DemoServer(
        port=port,
        scenario=scenario,
        speed=speed,
        state_dir=state_dir,
        latency=latency,
        ssl_certfile=ssl_certfile,
        ssl_keyfile=ssl_keyfile,
    )
    if until_stdin_ends:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def listening(url: str) -> None:
        user = server.tenant.company.users[0]
        print(f"{url}  user: {user.email}  password: {user.password}", flush=True)  # noqa: T201 # the output
        if until_stdin_ends:
            _be_silent()
            threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()

    try:
        server.serve(listening)
    except (KeyboardInterrupt, asyncio.CancelledError):  # the second one early in an event loop's life
        return
    finally:
        server.close()


def _end_with_stdin(server: DemoServer) -> None:
    while os.read(0, 4096):
        pass
    server.end()


def _be_silent() -> None:
    """Discard all further output: nobody reads it, and a full pipe would block the server."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m anaplan_tui.demo",
        description="Serves a made-up Anaplan tenant on loopback.",
        epilog="A scenario FILE is TOML: base, speed, latency, shows, past (runs in the history), [habits], "
        "and [[faults]] with match, kind, nth, count (0 = for ever) and what the kind reads. Habits: "
        + ", ".join(field.name for field in fields(Habits))
        + ". Kinds: "
        + "; ".join(f"{kind}: {what}" for kind, what in KINDS.items()).replace("%", "%%"),
    )
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--scenario", default="company", metavar="NAME|FILE")
    parser.add_argument("--speed", type=float, help="tenant seconds in a second")
    parser.add_argument("--latency", type=float, help="seconds before every answer")
    parser.add_argument("--state-dir", type=Path, help="where runs and uploads are kept between starts")
    parser.add_argument("--ssl-certfile", type=Path)
    parser.add_argument("--ssl-keyfile", type=Path)
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--until-stdin-ends", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
