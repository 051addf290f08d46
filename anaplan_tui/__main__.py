"""The command: ``anaplan-tui``, or ``python -m anaplan_tui``."""

import sys
from typing import Any

from anaplan_tui.ascii_face import speak
from anaplan_tui.beginning import (
    interrupt_on_signals,
    open_closed_streams,
    postpone_gc,
    skip_gc_at_exit,
)


def main() -> None:
    """Run the command line and exit with one of the codes that README lists."""
    postpone_gc()
    open_closed_streams()
    speak()
    interrupt_on_signals()
    try:
        from anaplan_tui.commands.exits import guarded

        code = guarded(_command)
    except KeyboardInterrupt:
        code = 130
    skip_gc_at_exit()
    sys.exit(code)


def _command(**settings: Any) -> Any:
    from anaplan_tui.cli import cli

    return cli(**settings)


if __name__ == "__main__":
    main()
