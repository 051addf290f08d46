"""The installed command, run as a script runs it, against a tenant over real HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = str(Path(sys.executable).parent / "anaplan-tui")
DEADLINE_S = 150.0
"""Timeout for commands that end by themselves within a second on an idle machine."""


@dataclass(frozen=True)
class Done:
    """The result of a finished command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; fails on anything else there."""
        return json.loads(self.out)

    @property
    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.document["items"]
        return found


@dataclass
class Place:
    """A home for the command: configuration, state and dumps in a directory of the test's own."""

    root: Path
    url: str
    model: str = "Demand plan"
    settings: str = ""
    """More lines for the profile."""
    top: str = ""
    """More lines before the profiles."""
    secrets: dict[str, str] = field(default_factory=lambda: {"PASSWORD": "demo"})
    username: str = "demo@example.com"
    method: str = "basic"
    auth: str = ""
    """More lines for the profile's login."""

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def env(self) -> dict[str, str]:
        """The command's whole environment; nothing of the machine's own gets in."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "ANAPLAN_TUI_STATE_DIR": str(self.state),
            **{f"ANAPLAN_TUI_{name}": value for name, value in self.secrets.items()},
        }

    def write_config(self) -> Path:
        """Write the configuration that the fields describe."""
        user = f'username = "{self.username}"\n' if self.method == "basic" else ""
        self.config.write_text(
            f'default_profile = "here"\n{self.top}\n'
            f'[profiles.here]\napi_url = "{self.url}"\nauth_url = "{self.url}"\noauth_url = "{self.url}"\n'
            f'workspace = "Supply Chain"\nmodel = "{self.model}"\n{self.settings}\n'
            f'[profiles.here.auth]\nmethod = "{self.method}"\n{user}{self.auth}\n'
            f"[polling]\n{'interval = 0.05' if '127.0.0.1' in self.url else ''}\n"
            f'[downloads]\ndirectory = "{self.root / "dumps"}"\n'
        )
        return self.config

    def arguments(self, *arguments: str) -> list[str]:
        """Return the command line for this place."""
        return [PROGRAM, "--config", str(self.write_config()), *arguments]

    def __call__(self, *arguments: str, **changes: Any) -> Done:
        """Run it to its end and check what holds for every command."""
        done = subprocess.run(
            self.arguments(*arguments),
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
            **changes,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert "unexpected error" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def running(place: Place, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the command in the background."""
    with subprocess.Popen(
        place.arguments(*arguments),
        env=place.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
