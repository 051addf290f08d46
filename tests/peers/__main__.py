"""Serves the demo tenant, lets each client do the main job on it, and reports the results.

`python -m tests.peers PYTHON`: PYTHON is the interpreter of the environment with the clients. Exits with 1
when one of them failed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from anaplan_tui.demo.server import DemoServer
from tests.support.certificates import for_logins

JOBS = ("apapi_job.py", "sdk_job.py")
SPEED = 20.0
LONGEST = 180
"""Seconds for one client's job before it counts as hanging: apapi and anaplan-sdk both wait for ever."""


def main(python: str) -> int:
    """Run every job, whether or not the others fail."""
    return max([_job(python, Path(__file__).with_name(name)) for name in JOBS])


def _job(python: str, script: Path) -> int:
    with DemoServer(speed=SPEED) as server, tempfile.TemporaryDirectory() as place:
        certificate, key = for_logins(Path(place))
        arguments = [python, str(script), server.url, str(certificate), str(key)]
        environment = {"PATH": os.environ["PATH"], "NO_PROXY": "*"}
        try:
            done = subprocess.run(arguments, timeout=LONGEST, env=environment, check=False)
        except subprocess.TimeoutExpired:
            print(f"FAILED  {script.stem}: no end after {LONGEST} s")  # noqa: T201 # the command's output
            return 1
        asked, refused = len(server.log), [r for r in server.log if r.status is None or r.status >= 400]
    said = f"{'passed' if not done.returncode else 'FAILED'}  {script.stem}: {asked} requests"
    print(said + "".join(f"\n        {r.status} {r.method} {r.path}" for r in refused))  # noqa: T201
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
