"""Determine a source's encoding, separator and quote: from its beginning, then from the import."""

import codecs

from anaplan_tui.core.encodings import codec_of, is_linewise
from anaplan_tui.core.merging.errors import MergeRefused, unreadable
from anaplan_tui.core.merging.records import Form
from anaplan_tui.core.source_form import SourceForm, is_mark, is_no_quote
from anaplan_tui.core.uploads.source import SourceFile

_WIDE = {
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
"""By codec that strips a byte order mark: the marks, with codecs that keep them."""


def source_form(source: SourceFile, expected: SourceForm) -> Form:
    """Return the form to read a source in. May read its first bytes. Raises `MergeRefused`."""
    encoding = source.encoding
    if encoding == "ascii":
        # Only the beginning was seen; the rest may be in the encoding that the import reads.
        encoding = codec_of(expected.encoding or "") or "utf-8"
    if marks := _WIDE.get(encoding):
        try:
            with source.path.open("rb") as file:
                head = file.read(4)
        except OSError as error:
            raise unreadable(source.path, error) from error
        encoding = next((codec for mark, codec in marks if head.startswith(mark)), "utf-8")
    if not is_linewise(encoding):
        raise MergeRefused(
            f"the source is {encoding}, of which no line can be written alone",
            "Correct the rows in the source itself, or save it in the encoding that the import reads.",
        )
    separator = source.separator or (expected.separator if is_mark(expected.separator) else ",")
    if is_no_quote(expected.quote):
        return Form(encoding, separator, None)
    quote = expected.quote if is_mark(expected.quote) and expected.quote != separator else '"'
    return Form(encoding, separator, quote)
