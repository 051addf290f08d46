"""Write the manual page and the shell completions into an installation's share directory."""

import sys
from pathlib import Path

from anaplan_tui.cli import cli
from anaplan_tui.commands.completion import script
from anaplan_tui.commands.manual import manual

COMPLETIONS = {
    "bash": "bash-completion/completions/anaplan-tui",
    "zsh": "zsh/site-functions/_anaplan-tui",
    "fish": "fish/vendor_completions.d/anaplan-tui.fish",
}
MANUAL = "man/man1/anaplan-tui.1"


def make(share: Path) -> None:
    """Write manual and completions under ``share``, where systems look for them."""
    _write(share / MANUAL, manual(cli))
    for shell, place in COMPLETIONS.items():
        _write(share / place, script(shell, cli))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
