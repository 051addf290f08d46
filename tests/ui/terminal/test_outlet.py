"""Output to the terminal: nothing is cut, nobody waits, and skipped output is reported."""

import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from anaplan_tui.ui.terminal import outlet as outlets
from anaplan_tui.ui.terminal.outlet import Outlet

FRAME = "f" * 8000


@dataclass
class Pty:
    """A terminal that is read only when the test says so."""

    master: int
    slave: int
    caught_up: threading.Event = field(default_factory=threading.Event)

    def outlet(self, encoding: str = "utf-8") -> Outlet:
        return Outlet(self.slave, encoding, self.caught_up.set)

    def read(self, last: bytes = b"") -> bytes:
        """Read up to the bytes in ``last``; without them, until nothing comes."""
        read = bytearray()
        while not (last and read.endswith(last)):
            if not select.select([self.master], [], [], 60.0 if last else 1.0)[0]:
                break
            read += os.read(self.master, 65536)
        return bytes(read)


@pytest.fixture
def terminal() -> Iterator[Pty]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield Pty(master, slave)
    os.close(master)
    os.close(slave)


@pytest.fixture(params=["opened anew", "shared"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test with a descriptor of its own, and with the one it was given."""
    if request.param == "shared":

        def refused(*_: object) -> str:
            raise PermissionError

        monkeypatch.setattr(os, "ttyname", refused)


@pytest.mark.usefixtures("way")
def test_all_is_written_in_order_while_the_terminal_reads(terminal: Pty) -> None:
    outlet = terminal.outlet()
    outlet.write("one ", sets_modes=True)
    outlet.write("two ü ")
    outlet.write("three")
    assert terminal.read(b"three") == "one two ü three".encode()
    outlet.close()
    assert not terminal.caught_up.is_set()


@pytest.mark.usefixtures("way")
def test_frames_are_left_out_and_told_of_and_modes_are_kept(terminal: Pty) -> None:
    outlet = terminal.outlet()
    for number in range(40):
        outlet.write(f"[{number}]{FRAME}")
        outlet.write(f"<mode {number}>", sets_modes=True)
    assert not terminal.caught_up.is_set()
    read = terminal.read(b"<mode 39>").decode()
    assert terminal.caught_up.wait(60)
    assert [f"<mode {n}>" in read for n in range(40)] == [True] * 40
    # Frames that were begun are complete, and most were never begun.
    whole = read.count(FRAME)
    assert read.count("[") == whole < 40
    outlet.write("and again")
    assert terminal.read(b"again") == b"and again"
    outlet.close()


@pytest.mark.usefixtures("way")
def test_nobody_waits_for_a_terminal_that_does_not_read(
    terminal: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlets, "_LAST_S", 0.2)
    outlet = terminal.outlet()
    for _ in range(200):
        outlet.write(FRAME)
    outlet.write("<restored>", sets_modes=True)
    outlet.close()
    outlet.write("nobody hears this")
    assert b"nobody" not in terminal.read()


@pytest.mark.usefixtures("way")
def test_the_last_of_it_is_that_the_modes_are_as_they_were(
    terminal: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlets, "_LAST_S", 60.0)
    outlet = terminal.outlet()
    for _ in range(200):
        outlet.write(FRAME)
    outlet.write("<restored>", sets_modes=True)
    closing = threading.Thread(target=outlet.close)
    closing.start()
    read = terminal.read(b"<restored>")
    closing.join(60)
    assert not closing.is_alive()
    assert read.endswith(b"<restored>")


@pytest.mark.usefixtures("way")
def test_a_terminal_that_is_gone_is_written_to_no_more(terminal: Pty) -> None:
    outlet = terminal.outlet()
    outlet.write("before")
    assert terminal.read(b"before") == b"before"
    os.close(terminal.master)
    try:
        for _ in range(100):
            outlet.write(FRAME)
        outlet.close()
        assert not outlet._thread.is_alive()
    finally:
        terminal.master = os.open(os.devnull, os.O_RDONLY)


def test_the_descriptor_that_is_shared_with_the_shell_still_blocks(terminal: Pty) -> None:
    outlet = terminal.outlet()
    assert os.get_blocking(terminal.slave)
    outlet.close()


@pytest.mark.parametrize(("encoding", "sent"), [("iso-8859-1", b"\xfc ? x"), ("ascii", b"? ? x")])
def test_what_the_terminal_cannot_show_is_one_cell_all_the_same(
    terminal: Pty, encoding: str, sent: bytes
) -> None:
    outlet = terminal.outlet(encoding)
    outlet.write("ü ▸ x")
    assert terminal.read(b"x") == sent
    outlet.close()
