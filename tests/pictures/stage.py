"""A terminal with the installed command, on a tenant and in a home of its own, and its possible looks."""

import json
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anaplan_tui.demo.server import DemoServer
from tests.pictures.svg import frame, still
from tests.support.command import PROGRAM, Place
from tests.support.terminal import Terminal

FOLDER = Path(__file__).parent.parent.parent / "screenshots"
ESCAPE, ENTER = "\x1b", "\r"
PATIENCE_S = 120.0
"""Timeout for commands that read a whole night."""


@dataclass(frozen=True)
class Look:
    """A size of the terminal, and the other settings that change its look."""

    suffix: str
    columns: int
    rows: int
    variables: Mapping[str, str] = field(default_factory=dict)


WIDE = Look("", 120, 40)
NARROW = Look("-80x24", 80, 24)
OTHERS = (
    Look("-no-color", 120, 40, {"NO_COLOR": "1"}),
    Look("-no-color-80x24", 80, 24, {"NO_COLOR": "1"}),
    Look("-light", 120, 40, {"ANAPLAN_TUI_THEME": "light"}),
    Look("-ansi", 120, 40, {"ANAPLAN_TUI_THEME": "ansi"}),
    Look("-high-contrast", 120, 40, {"ANAPLAN_TUI_THEME": "high-contrast"}),
    Look("-ascii-80x24", 80, 24, {"LANG": "C", "PYTHONCOERCECLOCALE": "0"}),
    Look("-60x15", 60, 15),
)


@dataclass
class Home(Place):
    """A home whose profile has the name that most people use."""

    def write_config(self) -> Path:
        """Write the shortest configuration that works."""
        self.config.write_text(
            textwrap.dedent(f"""
            default_profile = "prod"
            {self.top}
            [profiles.prod]
            api_url = "{self.url}"
            auth_url = "{self.url}"
            oauth_url = "{self.url}"
            workspace = "Supply Chain"
            model = "Demand plan"
            {self.settings}
            [profiles.prod.auth]
            method = "{self.method}"
            {self.auth or f'username = "{self.username}"'}
            [polling]
            interval = 0.5
            [downloads]
            directory = "{self.root}/anaplan-dumps"
            """)
        )
        return self.config


@dataclass(frozen=True)
class Stage:
    """The tenant, the home and the look of a story."""

    home: Home
    tenant: DemoServer
    look: Look

    @property
    def variables(self) -> dict[str, str]:
        """The environment of the programs run here."""
        return {**self.home.env, "COLORTERM": "truecolor", "TZ": "UTC", **self.look.variables}

    @contextmanager
    def app(self, **variables: str) -> Iterator["Seen"]:
        """The running app, quit at the end."""
        look, command = self.look, self.home.arguments()
        with Terminal(command, self.variables | variables, rows=look.rows, columns=look.columns) as terminal:
            yield Seen(terminal, self)

    def printed(self, name: str, *arguments: str) -> None:
        """Take the picture of a command that ends by itself, below the line a shell would show."""
        words = " ".join(json.dumps(word) if " " in word else word for word in arguments)
        script = f"printf '$ anaplan-tui %s\\n' '{words}'; exec \"$@\""
        shell = ["/bin/sh", "-c", script, PROGRAM, *self.home.arguments(*arguments)]
        look = self.look
        with Terminal(shell, self.variables, rows=look.rows, columns=look.columns) as terminal:
            terminal.process.wait(PATIENCE_S)
            Seen(terminal, self).shoot(name, whole=False)


@dataclass(frozen=True)
class Seen:
    """The app's screen, and the keys to drive it."""

    terminal: Terminal
    stage: Stage

    def press(self, *keys: str, then: str = "") -> None:
        """Press each key, and wait for the result of the last."""
        for key in keys:
            self.terminal.press(key)
        if then:
            self.shows(then)

    def shows(self, wanted: str) -> None:
        """Wait until the screen shows the text."""
        self.terminal.wait_for(wanted)

    def goes(self, unwanted: str) -> None:
        """Wait until the text is gone."""
        self.terminal.wait_for(lambda: unwanted not in self.terminal.text)

    def find(self, name: str) -> None:
        """Filter the catalog down to one process and open it."""
        self.press("/", *name, then=f"filter: {name}")
        self.press("\r")

    def shoot(self, name: str, *, whole: bool = True) -> None:
        """Take the picture once the screen is still; of the whole screen, or of its written part only."""
        self.terminal.wait_until_still()
        look, home = self.stage.look, str(self.stage.home.root)
        if home in self.terminal.text:
            raise RuntimeError(f"the picture of {name} shows a path of this machine")
        taken = self.terminal.look(frame)
        picture = still(taken if whole else taken.cut(), look.columns)
        (FOLDER / f"{name}{look.suffix}.svg").write_text(picture, encoding="utf-8")


@contextmanager
def stage(look: Look, scenario: str = "company", speed: float = 1.0, **how: Any) -> Iterator[Stage]:
    """A tenant and a home, both removed at the end."""
    with tempfile.TemporaryDirectory() as directory, DemoServer(scenario=scenario, speed=speed) as tenant:
        home = Home(Path(directory), tenant.url, **how)
        yield Stage(home, tenant, look)
