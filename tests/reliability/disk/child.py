"""Plays scenarios with its disk calls recorded or refused; forks for each line on stdin."""

import ctypes
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from tests.reliability.disk.scenarios import SCENARIOS, Told

_disk = ctypes.CDLL(None)


def _mark(text: str) -> None:
    _disk.disk_mark(text.encode())


def _act(order: dict[str, Any]) -> dict[str, Any]:
    scenario, root = SCENARIOS[order["scenario"]], Path(order["root"])
    told = Told(_mark)
    if "log" in order:
        _disk.disk_record(os.fsencode(root), os.fsencode(order["log"]))
    else:
        _disk.disk_fail(os.fsencode(root), ctypes.c_long(order["nth"]), order["errno"], order["sticky"])
    try:
        scenario.act(root, told)
    except scenario.may_raise as error:
        told.error = f"{type(error).__name__}: {error}"
    except Exception as error:
        told.bug = f"{type(error).__name__}: {error}"
    finally:
        calls = _disk.disk_calls()
        _disk.disk_off()
    return {"claims": told.claims, "error": told.error, "bug": told.bug, "calls": calls}


def main() -> None:
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                said = _act(json.loads(line))
            except BaseException as error:
                said = {"claims": [], "error": "", "bug": f"in the scenario: {error!r}", "calls": 0}
            os.write(1, (json.dumps(said) + "\n").encode())
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
