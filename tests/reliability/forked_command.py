"""The command in processes forked from one that has already imported it: dozens start at once.

``python -m tests.reliability.forked_command`` runs one for each line on stdin: a JSON object with ``argv``,
``env`` and ``output``, the file for its output. It prints ``pid N``, and ``gone CODE`` at the end.
"""

import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anaplan_tui.demo.server import DemoServer


class Commands:
    """The parent's end: one command at a time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout
        self._pid = 0

    def begin(self, argv: Sequence[str], env: Mapping[str, str], output: Path) -> None:
        order = {"argv": list(argv), "env": dict(env), "output": str(output)}
        self._to.write(json.dumps(order).encode() + b"\n")
        self._pid = int(self._heard()[1])

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, negative for a signal."""
        word, code = self._heard()
        assert word == "gone"
        return int(code)

    def is_over(self) -> bool:
        """Say whether it has ended by itself; then :meth:`wait` says how."""
        return bool(select.select([self._from], [], [], 0)[0])

    def kill(self) -> int:
        """Kill it half way; return its exit code, its own if it was quicker."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        return self.wait()

    def _heard(self) -> list[str]:
        return self._from.readline().decode().split()


def arrives(server: "DemoServer", runner: Commands, nth: int, *, answered: bool) -> bool:
    """Wait for a request; say whether it came before the command had ended by itself."""
    while True:
        try:
            server.wait_for("*", "*", nth, timeout=0.2, answered=answered)
        except TimeoutError:
            if runner.is_over():
                return False
        else:
            return True


@contextmanager
def commands() -> Iterator[Commands]:
    # Unbuffered: ``select`` would not see a line that was read ahead.
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.forked_command"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        yield Commands(process)
        assert process.stdin is not None
        process.stdin.close()


def _become(order: dict[str, object]) -> None:
    """Become the command and run it to its end."""
    from anaplan_tui.__main__ import main

    fd = os.open(str(order["output"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(order["env"])  # type: ignore[call-overload]
    sys.argv = ["anaplan-tui", *order["argv"]]  # type: ignore[misc]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    code = 1
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Serve stdin until it ends."""
    import anyio._backends._asyncio  # noqa: F401
    import httpcore  # noqa: F401

    import anaplan_tui.cli
    import anaplan_tui.commands.playing
    import anaplan_tui.commands.printing
    import anaplan_tui.config.sources
    import anaplan_tui.core.history.guard
    import anaplan_tui.core.opening
    import anaplan_tui.log  # noqa: F401

    gc.freeze()  # no child scans, and hence copies, the objects they share
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
        os.write(1, f"pid {child}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, f"gone {code}\n".encode())


if __name__ == "__main__":
    main()
