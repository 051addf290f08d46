"""What the HTTP library brings along: memory and start time belong to whoever imports it."""

import subprocess
import sys


def test_the_command_line_of_httpx_stays_away() -> None:
    script = (
        "import sys, anaplan_tui.api.client, httpx\n"
        "assert callable(httpx.main) and httpx.AsyncClient\n"
        "print(sorted(m for m in ('pygments', 'rich', 'click') if m in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
