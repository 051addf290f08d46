"""``python -m tests.bench [NAME]…``: run these benchmarks, or all: each module that has a ``main``."""

import importlib
import pkgutil
import sys

import tests.bench
from tests.bench.machine import describe, say


def main(names: list[str]) -> None:
    say(describe())
    for module in pkgutil.iter_modules(tests.bench.__path__):
        if module.name.startswith("_") or (names and module.name not in names):
            continue
        run = getattr(importlib.import_module(f"tests.bench.{module.name}"), "main", None)
        if run is not None:
            run()


if __name__ == "__main__":
    main(sys.argv[1:])
