"""The log is readable by its owner alone, even after rotation."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from anaplan_tui.config.paths import UnsafePath, log_file
from anaplan_tui.log import start_logging


@pytest.fixture(autouse=True)
def log() -> Iterator[logging.Logger]:
    """The package's logger, restored afterwards, under the widest umask."""
    logger = logging.getLogger("anaplan_tui")
    before = (logger.handlers[:], logger.level, logger.propagate)
    umask = os.umask(0)
    yield logger
    os.umask(umask)
    for handler in logger.handlers[:]:
        if handler not in before[0]:
            logger.removeHandler(handler)
            handler.close()
    logger.handlers[:], logger.level, logger.propagate = before


def files() -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in log_file().parent.glob("*.log*")}


def test_every_file_of_the_log_is_private(log: logging.Logger) -> None:
    start_logging("info")
    for number in range(8):
        log.info("%d %s", number, "x" * 900_000)

    names = ("anaplan-tui.log", "anaplan-tui.log.1", "anaplan-tui.log.2")
    assert files() == dict.fromkeys(names, 0o600)
    assert log_file().read_text().endswith("x\n")


def test_a_link_put_where_the_log_is_goes_on_nowhere(log: logging.Logger, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    log_file().parent.mkdir(0o700)
    log_file().symlink_to(precious)

    with pytest.raises(UnsafePath, match="is not a plain file"):
        start_logging("info")
    assert precious.read_text() == "kept"


def test_a_full_disk_costs_records_and_says_nothing(
    log: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    start_logging("info")
    log.info("first")
    [handler] = [h for h in log.handlers if isinstance(h, logging.FileHandler)]
    assert handler.stream is not None
    file = os.dup(handler.stream.fileno())
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, handler.stream.fileno())
    for number in range(100):
        log.info("lost %d %s", number, "x" * 1000)
    assert capfd.readouterr() == ("", "")
    os.dup2(file, handler.stream.fileno())
    log.info("last")
    assert "first" in log_file().read_text()
    assert "last" in log_file().read_text()
    log.info("%d", "a slip of ours")
    assert "a slip of ours" in capfd.readouterr().err
    for descriptor in (file, full):
        os.close(descriptor)
