"""A power cut at any moment: no wrong file under a final name, nothing lost that was acknowledged.

Every disk call is recorded. Then every prefix of the record is replayed with unsynced calls lost, or kept in
part and out of order, as file systems may; and the app's own readers open the result.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.disk.harness import Recorded, build, recorded
from tests.reliability.disk.replay import Start, after, crashes, digest, read_log
from tests.reliability.disk.scenarios import SCENARIOS

SEEDS = {"downloading": 3, "journal": 4}
"""Mixtures of lost and kept for each moment; the other scenarios, which are short, have more."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    with recorded(build(tmp_path_factory.mktemp("recorder"))) as process:
        yield process


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SCENARIOS)
def test_whatever_the_disk_kept_what_was_claimed_is_there(name: str, disk: Recorded, tmp_path: Path) -> None:
    scenario, root, log = SCENARIOS[name], tmp_path / "root", tmp_path / "log"
    root.mkdir()
    scenario.prepare(root)
    start = Start.of(root)
    told = disk.run(name, root, log=str(log))
    assert (told["error"], told["bug"]) == ("", "")
    assert told["claims"]
    ops = read_log(log)
    assert sum(op.what == "mark" for op in ops) == len(told["claims"])
    seen: set[tuple[str, int]] = set()
    for moment in range(len(ops) + 1):
        claims = [op.path for op in ops[:moment] if op.what == "mark"]
        for crash in crashes(SEEDS.get(name, 20)):
            after(ops[:moment], crash, start, root)
            state = (digest(root), len(claims))
            if state in seen:
                continue
            seen.add(state)
            try:
                scenario.check(root, claims)
            except Exception as error:
                last = f"{ops[moment - 1].what} {ops[moment - 1].path}" if moment else "nothing"
                raise AssertionError(
                    f"power lost after call {moment} of {len(ops)} ({last}), "
                    f"kept: {crash.name}, claimed: {claims}"
                ) from error
    assert len(seen) > len(told["claims"])
