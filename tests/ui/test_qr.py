"""The QR code of a sign-in: drawn module by module, read back, and never cut."""

import pytest
import segno
from textual.widgets import Static

from anaplan_tui.api.oauth import DeviceCode
from anaplan_tui.ui.qr import qr_code
from anaplan_tui.ui.screens import qr
from anaplan_tui.ui.screens.sign_in import CodeDialog
from tests.support.apps import Open, until

ADDRESS = "https://us1a.app.anaplan.com/activate?user_code=BCDF-GHJK"
CODE = DeviceCode("BCDF-GHJK", "https://us1a.app.anaplan.com/activate", ADDRESS, 600.0, "d")
HALVES = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}


def modules(lines: list[str]) -> list[list[int]]:
    """Return the drawn modules, one line per row, without the white border."""
    rows = [[HALVES[c][half] for c in line] for line in lines for half in (0, 1)]
    return [row[2:-2] for row in rows[2 : len(rows[0]) - 2]]


@pytest.mark.parametrize("address", [ADDRESS, "https://x.example/d", f"{ADDRESS}&x={'y' * 70}"])
def test_what_is_drawn_is_the_code_of_the_address(address: str) -> None:
    expected = [
        [int(cell) for cell in row] for row in segno.make_qr(address, error="l", boost_error=False).matrix
    ]
    assert modules(list(qr_code(address))) == expected
    wide = qr_code(address, ascii_only=True)
    assert "".join(wide).isascii()
    assert [[int(line[x] == "#") for x in range(4, len(line) - 4, 2)] for line in wide[2:-2]] == expected


def test_inverted_is_the_same_with_light_and_dark_exchanged() -> None:
    plain, inverted = modules(list(qr_code(ADDRESS))), modules(list(qr_code(ADDRESS, inverted=True)))
    assert inverted == [[1 - cell for cell in row] for row in plain]


def test_a_usual_address_fits_80x24_and_a_long_one_says_why_not() -> None:
    assert qr.why_not(ADDRESS, 80, 24) == ""
    assert "this terminal has 80x24" in qr.why_not(ADDRESS * 4, 80, 24)
    assert "too long" in qr.why_not("x" * 4000, 80, 24)


@pytest.mark.parametrize("no_color", [False, True])
async def test_a_key_shows_the_code_whole(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        await opened.app.push_screen(CodeDialog(CODE))
        await opened.shows("as a QR code")
        await opened.press("c")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, qr.QrScreen), "the code")
        code = opened.app.screen.query_one("#code", Static)
        await opened.shows("Esc goes back")
        lines = list(qr_code(ADDRESS, inverted=no_color))
        await opened.shows(lines[0].strip() or lines[2].strip())
        assert (code.size.width, code.size.height) == (len(lines[0]), len(lines))
        await opened.press("i")
        await opened.shows(qr_code(ADDRESS, inverted=not no_color)[5].strip())
        await opened.press("escape")
        await opened.shows("BCDF-GHJK")


async def test_where_there_is_no_room_the_key_says_so(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        await opened.app.push_screen(CodeDialog(DeviceCode("A", "https://x.example", ADDRESS * 4, 60.0, "d")))
        await opened.shows("as a QR code")
        await opened.press("c")
        await opened.shows("this terminal has 80x24")
