"""Other people's Textual apps beside ours: time to their first text, and memory.

python -m tests.bench beside

Each is installed in an environment of its own, which stays in ``.venvs/beside``: their dependencies are not
ours. An app that cannot be installed has no row.
"""

import statistics
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Report, at_most, say
from tests.bench.terminal import ROUNDS, app, program, tenant

_HOME = Path(".venvs/beside")


@dataclass(frozen=True, slots=True)
class Peer:
    """A program: its package, what else its environment needs, and the text on its first screen."""

    name: str
    needs: tuple[str, ...]
    first_text: str

    def installed(self) -> Path | None:
        """Return its command; ``None`` where it cannot be installed."""
        command = _HOME / self.name / "bin" / self.name
        if not command.exists():
            venv.create(_HOME / self.name, with_pip=True)
            python = str(_HOME / self.name / "bin" / "python")
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            if subprocess.run([*pip, self.name, *self.needs], stdout=sys.stderr, check=False).returncode:
                return None
        return command.absolute()


PEERS = (
    # Posting crashes with today's newest tree-sitter; 0.25.1 is the one it was released with.
    Peer("posting", ("tree-sitter==0.25.1",), "Collection is empty"),
    Peer("harlequin", (), "memory db"),
)


def main(report: Report) -> None:
    """Measure ours and the others alternately, so that other load on the machine affects all alike."""
    peers = {peer: command for peer in PEERS if (command := peer.installed()) is not None}
    if not peers:
        say("beside: skipped, as nothing could be installed")
        return
    first: dict[str, list[float]] = {"anaplan-tui": [], **{peer.name: [] for peer in peers}}
    memory: dict[str, list[float]] = {name: [] for name in first}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with tenant(directory) as config:
            for number in range(ROUNDS):
                programs = [("anaplan-tui", app(config), "Processes")]
                programs += [(peer.name, [str(path)], peer.first_text) for peer, path in peers.items()]
                for what, arguments, text in programs:
                    home = directory / f"{what}{number}"
                    home.mkdir()
                    with program(arguments, home, home=home) as shown:
                        shown.until(text, limit=60.0)
                        shown.until_quiet(2.0)
                        first[what].append(shown.when(text))
                        memory[what].append(shown.memory_mb())
    seconds = {what: statistics.median(found) for what, found in first.items()}
    taken = {what: statistics.median(found) for what, found in memory.items()}
    rows = [(what, f"{seconds[what]:.2f}", f"{taken[what]:.0f}") for what in first]
    report.table("Beside other Textual apps, 120x40", ("app", "first text s", "MB at rest"), rows)
    if "posting" in seconds:
        report.add(at_most("first useful text, of posting", seconds["anaplan-tui"] / seconds["posting"], 0.6))
