"""The n-th disk call fails, for every n: never a false claim, never an incomplete file under its final name.

A disk that refuses once works afterwards; a full one refuses everything from then on. A write that meets a
full disk has written its first half.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.disk.harness import Recorded, build, recorded
from tests.reliability.disk.scenarios import SCENARIOS

KINDS = {
    "full": (errno.ENOSPC, True),
    "full for a moment": (errno.ENOSPC, False),
    "broken": (errno.EIO, False),
    "forbidden": (errno.EACCES, False),
}
SHORT = [name for name in SCENARIOS if name != "downloading"]
"""All but the whole download: its part files are internal, and its publishing is one of these."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with recorded(build(tmp_path_factory.mktemp("recorder"))) as process:
        yield process


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SHORT)
def test_nothing_false_is_claimed_and_nothing_half_is_left(
    name: str, kind: str, disk: Recorded, tmp_path: Path
) -> None:
    scenario, (code, sticky) = SCENARIOS[name], KINDS[kind]
    whole: list[str] = []
    nth = calls = 0
    while nth <= calls:
        nth += 1
        root = tmp_path / f"{nth}"
        root.mkdir()
        scenario.prepare(root)
        told = disk.run(name, root, nth=nth, errno=code, sticky=sticky)
        calls = told["calls"]
        where = f"call {nth} of {calls} failed with {os.strerror(code)}, said: {told}"
        assert not told["bug"], where
        try:
            scenario.check(root, told["claims"])
        except Exception as error:
            raise AssertionError(where) from error
        whole = told["claims"]
        shutil.rmtree(root)
    assert calls > 4
    assert whole, "with no call left to fail, everything is claimed in the end"
