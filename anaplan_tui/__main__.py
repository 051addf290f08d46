"""The command: ``anaplan-tui``, or ``python -m anaplan_tui``."""

import sys


def main() -> None:
    """Run the command line; the exit code is the contract of the design, §1.3."""
    from anaplan_tui.cli import cli
    from anaplan_tui.exits import guarded

    sys.exit(guarded(cli))


if __name__ == "__main__":
    main()
