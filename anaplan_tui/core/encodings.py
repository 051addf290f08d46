"""Guess the encoding of a text: one rule for dumps and for files to upload.

A byte order mark decides, and so do UTF-8 characters beyond ASCII: a text with some of them is UTF-8, and a
byte that does not fit is a mistake in one cell. Only a text with next to no UTF-8 and with letters of an
8-bit encoding is in another encoding as a whole: the import's where that is known, else Windows-1252.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins like it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ANY_BYTES = ("latin-1", "cp1252")
"""The guesses when nothing else fits; text of any encoding could pass for them."""
_WEST = ("iso8859-1", "cp1252")
"""Python's canonical names of these codecs."""
_CONTROLS = frozenset(range(0x20)) - set(b"\t\n\r\f\x1b") | {0x7F}
_LOOKED_AT = 64 * 1024
_MOST_CONTROLS = 0.02
_FEW_CONTROLS = 2
"""Text has none, but a stray control character in an export does not make it binary."""
# CESU-8, which writes an emoji as two halves of three bytes each, counts as broken UTF-8, not as an encoding.
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CUT = re.compile(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")
"""A UTF-8 character whose end is missing."""
_NO_ASCII = re.compile(rb"[\x80-\xff]")
_ELSEWHERE = re.compile(rb"[\x80-\x9f\xc0-\xff]")
"""Letters and punctuation of Windows-1252. The range between is left out: ``0xA0`` is a blank there."""
_UNUSED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_UPPER = re.compile(rb"[\x80-\x9f]")
_SHIFTS = rb"~{VPND~}+AGE-" + b"\x1b$)C\x0e!!\x0f\x1b$B!!\x1b(B"
"""ASCII bytes that HZ, UTF-7 and the ISO-2022 family decode to fewer characters."""
_CLEARLY = 100
"""An 8-bit text has more than this many letters for each pair that looks like UTF-8 (``Ã¼``, ``ß»``)."""


@dataclass(frozen=True, slots=True)
class Traces:
    """The evidence in some bytes for UTF-8 and for an 8-bit encoding. The traces of pieces add up."""

    utf8: int = 0
    """UTF-8 characters beyond ASCII."""
    others: int = 0
    """Bytes outside of these that are letters or punctuation in Windows-1252."""
    rest: int = 0
    """All other bytes that are not UTF-8."""
    upper: bool = False
    """Some of these bytes are in 0x80 to 0x9F, which are controls in ISO-8859-1."""
    unused: bool = False
    """Some of these bytes are unused in Windows-1252."""

    def __add__(self, other: "Traces") -> "Traces":
        return Traces(
            self.utf8 + other.utf8,
            self.others + other.others,
            self.rest + other.rest,
            self.upper or other.upper,
            self.unused or other.unused,
        )

    @classmethod
    def of(cls, block: bytes) -> "Traces":
        """Return the traces in ``block``; a character cut off at its end does not count."""
        if block.isascii():
            return cls()
        rest, utf8 = _UTF8.subn(b" ", _CUT.sub(b"", block))
        odd, others = len(_NO_ASCII.findall(rest)), len(_ELSEWHERE.findall(rest))
        return cls(
            utf8,
            others,
            odd - others,
            _UPPER.search(rest) is not None,
            _UNUSED_IN_1252.search(rest) is not None,
        )

    @property
    def encoding(self) -> str:
        """The encoding of the text as a whole, when not all of it is UTF-8."""
        if self.others <= self.utf8 * _CLEARLY:
            return "utf-8"
        return "cp1252" if self.upper and not self.unused else "latin-1"

    @property
    def codec(self) -> str:
        """The codec to read the text with: Windows-1252 in place of ISO-8859-1, to which it only adds."""
        return "cp1252" if self.encoding == "latin-1" and not self.unused else self.encoding

    @property
    def is_mostly_utf8(self) -> bool:
        """Whether UTF-8 prevails; if not, some characters of a two-byte encoding may only look like it."""
        return self.utf8 >= self.others + self.rest


def guess(head: bytes, *, whole: bool, expected: str | None = None) -> str | None:
    """Return the Python codec of a text that begins with ``head``; ``None`` when it is not text.

    A text that is called UTF-8 may hold invalid bytes.

    Args:
        whole: ``head`` is the whole text, so its last character cannot be cut.
        expected: the encoding that the import reads, named by the service. It decides where the bytes
            alone do not; a byte order mark, or UTF-8 beyond ASCII, takes precedence.
    """
    found = _by_bytes(head, whole=whole)
    wanted = codec_of(expected) if expected else None
    if wanted is None or (found in ANY_BYTES and wanted in _WEST):
        return found
    if found == "ascii" and shifts(wanted):
        return wanted if _says_more(head, wanted, whole=whole) else found
    if not _is_open(found, head):
        return found
    if found is None and not is_wide(wanted) and not shifts(wanted):
        # Most encodings of one byte decode anything.
        return None
    marked = wanted in ("utf-16", "utf-32")
    likely = (f"{wanted}-le", f"{wanted}-be") if marked else (wanted,)
    return next((one for one in likely if _reads(head, one, whole=whole)), found)


def codec_of(name: str) -> str | None:
    """Return the codec of an encoding that the service names; ``None`` when it names no text encoding."""
    try:
        # The look-up alone would also find codecs from bytes to bytes.
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def is_wide(encoding: str) -> bool:
    """Whether even plain letters take more than a byte each; False for an unknown name."""
    return (codec_of(encoding) or "").startswith(("utf-16", "utf-32"))


def is_single(codec: str) -> bool:
    """Whether it is UTF-8 or a single-byte superset of ASCII, so that lines and cells can be cut as bytes."""
    if codec in ("utf-8", "utf-8-sig"):
        return True
    text = bytes(range(256)).decode(codec, "replace")
    return len(text) == 256 and text[:128].isascii() and not shifts(codec)


def shifts(codec: str) -> bool:
    """Whether ASCII bytes mean other letters after a shift, as in the ISO-2022 family."""
    return not is_wide(codec) and len(_SHIFTS.decode(codec, "replace")) < len(_SHIFTS)


def is_linewise(codec: str) -> bool:
    """Whether each line can be read and written alone; ISO-2022-KR declares its shifts only once."""
    lines = ("Ab 가 東\n" * 2).encode(codec.removesuffix("-sig"), "ignore").splitlines()
    return is_wide(codec) or len(set(lines)) == 1


def may_shift(head: bytes) -> bool:
    """Whether plain ASCII looks like ISO-2022 or HZ; UTF-7 is left out, it looks like a telephone number."""
    return b"\x1b" in head or (b"~{" in head and b"~}" in head)


def to_utf8(raw: bytes, codec: str) -> bytes:
    """Recode the beginning of a text; invalid bytes are kept, or spelled out where the codec is wide."""
    return Recoder(codec).feed(raw)


class Recoder:
    """Turns a text into UTF-8 piece by piece."""

    def __init__(self, codec: str) -> None:
        # surrogateescape cannot keep bytes of ASCII, which an invalid wide character may contain.
        self._errors = "backslashreplace" if is_wide(codec) else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(codec)(self._errors)

    def feed(self, raw: bytes, *, final: bool = False) -> bytes:
        """Return the next piece in UTF-8; a character cut off at its end comes with the piece after."""
        return self._decoder.decode(raw, final).encode("utf-8", "surrogateescape")


def _is_open(found: str | None, head: bytes) -> bool:
    """Whether the bytes leave the encoding open."""
    if found == "utf-8":
        return not Traces.of(head).is_mostly_utf8
    return found is None or found in ANY_BYTES


def _by_bytes(head: bytes, *, whole: bool) -> str | None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            is_text = name == "utf-8-sig" or _decoded(head, name, whole=whole) is not None
            return name if is_text else None
    most = min(max(len(head) * _MOST_CONTROLS, _FEW_CONTROLS), len(head) // 4)
    if head.count(0) > most:
        return _wide(head, whole=whole)
    separator = control_separator(head)
    if sum(head.count(byte) for byte in _CONTROLS if byte != separator) > most:
        return None
    return "ascii" if head.isascii() else Traces.of(head).encoding


def control_separator(head: bytes) -> int | None:
    """Return the control character that separates the cells of a text; ``None`` when none does.

    Every line holds it equally often. A null never counts: a text has none.
    """
    lines = [line for line in re.split(rb"[\r\n]+", head[:_LOOKED_AT]) if line]
    whole = lines if head.endswith((b"\r", b"\n")) and len(head) <= _LOOKED_AT else lines[:-1]
    likely = (byte for byte in sorted(_CONTROLS - {0}) if len(whole) > 1 and byte in whole[0])
    return next((byte for byte in likely if len({line.count(byte) for line in whole}) == 1), None)


def _decoded(head: bytes, name: str, *, whole: bool) -> str | None:
    """Return the decoded text; ``None`` when it is not in this encoding."""
    try:
        return codecs.getincrementaldecoder(name)().decode(head, final=whole)
    except (LookupError, UnicodeError):  # some codecs cannot decode piece by piece
        return None


def _says_more(head: bytes, name: str, *, whole: bool) -> bool:
    """Whether plain ASCII reads as a different, sensible text in an encoding that shifts."""
    return _reads(head, name, whole=whole) and _decoded(head, name, whole=whole) != head.decode("ascii")


def _reads(head: bytes, name: str, *, whole: bool) -> bool:
    """Whether ``head`` makes sense in the encoding; few decoders refuse bytes of another one."""
    text = _decoded(head, name, whole=whole)
    if text is None or any("\x80" <= sign < "\xa0" for sign in text):
        return False
    if is_wide(name) and "\n" not in text and "\r" not in text:
        return False
    odd = sum(unicodedata.category(sign) in ("Cc", "Cn") and sign not in "\t\n\r\f\x1b" for sign in text)
    return odd <= len(text) * _MOST_CONTROLS


def _wide(head: bytes, *, whole: bool) -> str | None:
    """Recognize UTF-16 without a mark: in Western text every other byte is zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    quarter = len(head) // 4
    if even and odd:
        return None
    if odd > quarter and _decoded(head, "utf-16-le", whole=whole) is not None:
        return "utf-16-le"
    if even > quarter and _decoded(head, "utf-16-be", whole=whole) is not None:
        return "utf-16-be"
    return None
