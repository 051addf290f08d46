"""QR codes drawn in characters: two modules to a cell's height; in ASCII, two cells to a module."""

from collections.abc import Sequence

_QUIET = 2
"""White modules around the code. The standard wants four; readers manage with two, and 80x24 needs that."""
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
_WIDE = {True: "##", False: "  "}


def qr_code(text: str, *, ascii_only: bool = False, inverted: bool = False) -> Sequence[str]:
    """Return the lines of the code. Drawn cells are its dark modules; ``inverted``, its light ones.

    Raises:
        ValueError: the text is too long for any code.
    """
    import segno  # here, because sign-ins are rare and every start would pay for the import

    code = segno.make_qr(text, error="l", boost_error=False)
    modules = [[bool(cell) is not inverted for cell in row] for row in code.matrix_iter(border=_QUIET)]
    if ascii_only:
        return ["".join(_WIDE[cell] for cell in row) for row in modules]
    if len(modules) % 2:
        modules.append([inverted] * len(modules[0]))
    pairs = zip(modules[::2], modules[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(*rows, strict=True)) for rows in pairs]
