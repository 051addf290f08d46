"""The main job as a recording of a terminal: an asciicast, and a film of it as SVG (``make recording``).

Each step waits for its result, so the screens and their order are the same each time. How long a screen is
shown is set here, not measured: neither a slow machine nor a long run makes it longer.
"""

import json
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from tests.pictures.stage import ENTER, FOLDER, Look, Seen, Stage, stage
from tests.pictures.svg import Frame, caption, film, frame

LOOK = Look("", 80, 24)
LOAD = "Regional targets load"
GLANCE_S, READING_S, END_S = 1.2, 2.6, 5.0
"""Seconds a screen is shown: in passing, to be read, and at the end."""
DOWN = "\x1b[B"
EDITOR = Path(__file__).with_name("editor.py")


@dataclass(frozen=True)
class Step:
    """The terminal's output after some keys, when it was shown, and what the keys are for."""

    at: float
    data: bytes
    said: str


@dataclass
class Recorder:
    """Presses keys and records their output by the recording's own clock."""

    seen: Seen
    steps: list[Step] = field(default_factory=list)
    lasts: float = 0.0
    _read: int = 0

    def press(self, keys: str, said: str, then: str, stands: float = READING_S) -> None:
        """Press, wait until the screen shows ``then``, and hold it."""
        self.seen.press(*([keys] if keys.startswith("\x1b") else keys), then=then)
        self.seen.terminal.wait_until_still()
        data = bytes(self.seen.terminal.raw[self._read :])
        self._read += len(data)
        self.steps.append(Step(round(self.lasts, 2), data, said))
        self.lasts += stands


def main_job(at: Stage, record: Recorder) -> None:
    """Play from the list of processes to the run of the corrected file."""
    seen = record.seen
    record.press("", "the list: what failed or has warnings stands on top, with its reason", "model idle")
    record.press("/", "/  find the load", "filter", 0.5)
    for letters in ("reg", "ional"):
        record.press(letters, "/  find the load", letters, 0.5)
    record.press(DOWN, "/  find the load", f"▸ {LOAD}", GLANCE_S)
    record.press("o", "o  which rows were rejected, and why", "Item not located in Region list")
    record.press("e", "e  save the rejected rows, ready to correct", "Save 3 rejected rows")
    record.press(ENTER, "e  save the rejected rows, ready to correct", "3 rejected rows to correct", GLANCE_S)
    record.press("E", "E  correct them in your own editor", "Sud")
    record.press("s", "E  correct them in your own editor", "Süd")
    record.press("q", "E  then: merge them into the whole source?", "Upload the whole source")
    record.press("y", "y  merged; upload it?", "It has what the import expects")
    at.tenant.clock.speed = 1.0
    record.press("y", "y  uploaded; the process runs again", "step 1 of 2", READING_S)
    at.tenant.clock.speed = 20.0
    record.press("", "every row is loaded", "all 2 actions completed", END_S)
    seen.press("q")


def source_with_faults(at: Stage) -> None:
    """Make a file that was uploaded and loaded, with three rows rejected."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep")
    rows = [
        f"{region},{month} 26,{n * 10}"
        for region in ("North", "East", "West")
        for n, month in enumerate(months, 80)
    ]
    for line, month in ((5, "Mar"), (14, "Apr"), (22, "May")):
        rows.insert(line, f"Sud,{month} 26,{line * 40}")
    source = at.home.root / "targets.csv"
    source.write_text("\r\n".join(["Region,Month,Target", *rows, ""]), newline="")
    at.home("upload", "targets.csv", str(source))
    at.home("run", LOAD)


def asciicast(steps: list[Step], lasts: float) -> str:
    """Return format 2: a line for the terminal, one for each piece of output, and a marker for each key."""
    head = {"version": 2, "width": LOOK.columns, "height": LOOK.rows, "title": "anaplan-tui: the main job"}
    events: list[tuple[float, str, str]] = []
    for step in steps:
        events += [(step.at, "m", step.said), (step.at, "o", step.data.decode("utf-8", "replace"))]
    events.append((round(lasts, 2), "o", ""))
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in (head, *events)) + "\n"


def frames(steps: list[Step]) -> list[Frame]:
    """Return the screen after each step, above the line that names the key."""
    screen = pyte.Screen(LOOK.columns, LOOK.rows)
    stream = pyte.ByteStream(screen)
    taken = []
    for step in steps:
        stream.feed(step.data)
        seen = frame(screen, step.at)
        taken.append(Frame((*seen.lines, "", caption(step.said)), step.at))
    return taken


def main() -> None:
    """Play the job and write both files."""
    with stage(LOOK, speed=20.0) as at:
        source_with_faults(at)
        editor = shlex.join([sys.executable, str(EDITOR)])
        with at.app(EDITOR=editor) as seen:
            record = Recorder(seen)
            main_job(at, record)
            root = str(at.home.root).encode()
    if any(root in step.data for step in record.steps):
        raise RuntimeError("the recording shows a path of this machine")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "main-job.cast").write_text(asciicast(record.steps, record.lasts), encoding="utf-8")
    picture = film(frames(record.steps), LOOK.columns, record.lasts)
    (FOLDER / "main-job.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
