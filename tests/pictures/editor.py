"""An editor for the recording: shows a file, corrects it on one key and saves it on the next."""

import sys
import termios
import tty
from pathlib import Path


def show(path: Path, text: str, said: str) -> None:
    """Show the file above a line that explains the keys."""
    lines = [f"\x1b[7m {path.name:<78} \x1b[0m", "", *text.splitlines(), "", f"\x1b[7m {said:<78} \x1b[0m"]
    sys.stdout.write("\x1b[2J\x1b[H" + "\r\n".join(lines))
    sys.stdout.flush()


def main() -> None:
    """Wait for two keys."""
    path = Path(sys.argv[-1])
    before, text = termios.tcgetattr(0), path.read_text("utf-8-sig")
    tty.setraw(0)
    try:
        show(path, text, "s: substitute Sud by Süd")
        sys.stdin.read(1)
        text = text.replace("Sud", "Süd")
        show(path, text, "q: save and leave")
        sys.stdin.read(1)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
    path.write_text(text, "utf-8", newline="")


if __name__ == "__main__":
    main()
