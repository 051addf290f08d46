"""``python -m tests.bench [NAME]…``: these benchmarks, or all that take minutes: each module's ``main``."""

import importlib
import pkgutil
import sys

import tests.bench
from tests.bench.machine import describe, say

_ONLY_BY_NAME = frozenset({"session"})
"""These take half an hour and more."""


def main(names: list[str]) -> None:
    say(describe())
    for module in pkgutil.iter_modules(tests.bench.__path__):
        wanted = module.name in names if names else module.name not in _ONLY_BY_NAME
        if module.name.startswith("_") or not wanted:
            continue
        run = getattr(importlib.import_module(f"tests.bench.{module.name}"), "main", None)
        if run is not None:
            run()


if __name__ == "__main__":
    main(sys.argv[1:])
