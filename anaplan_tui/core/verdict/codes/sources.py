"""Codes about an import's source: its file and columns, its dates and periods."""

from anaplan_tui.core.verdict.codes.explanation import Table, failure, rows

FILE_IS_GONE = failure(
    "Anaplan keeps an uploaded file for 48 hours after its last use; this one is gone.",
    "Upload the file again, then run again.",
)

DATES = (
    "Bring the dates into the format that the import's settings name, or change the format there. "
    "Day and month swapped fail from the 13th on only."
)
"""The cure for a date that is not in the format the import expects."""
_FORMAT = "Correct the format in the import's settings."
_PERIODS = "Write the dates and periods as the import's settings name them, or change the format there."


def _expected(what: str) -> str:
    return f"In a date or period, the import expects {what} where the source has something else."


SOURCES: Table = {
    "uploadedFileNoLongerAvailable": FILE_IS_GONE,
    "connectorError": failure(
        "The source system of the import refused.", "Check the connection in the model."
    ),
    # The service lists it among the failures, says "Warning" and loads the rest (service.md §5.5).
    "missingFields": rows(
        "The import is incomplete: columns that it maps are missing from the source.",
        "Compare the file's header line with the import's mapping, then load the whole file again.",
    ),
    "columnSeparatorExpected": rows(
        "A column separator is missing in the line.", "Check quotes and separators in the source."
    ),
    "unmatchedTextDelimiter": rows("A quote is opened and not closed.", "Check the quotes in the source."),
    "dateFormatInvalid": rows("The import's own format for dates is not a valid one.", _FORMAT),
    "dateFormatMalformed": rows("The import's own format for dates cannot be read.", _FORMAT),
    "periodFormatMalformed": rows("The import's own format for periods cannot be read.", _FORMAT),
    "invalidDate": rows("A date is not in the import's format.", DATES),
    "invalidPeriod": rows("A period is not in the import's format.", _PERIODS),
    "expectedCharacter": rows(_expected("a certain character"), _PERIODS),
    "expectedSeparator": rows(_expected("a separator"), _PERIODS),
    "expectedD": rows(_expected("a day"), DATES),
    "expectedDD": rows(_expected("a day of two digits"), DATES),
    "expectedW": rows(_expected("a week"), _PERIODS),
    "expectedWW": rows(_expected("a week of two digits"), _PERIODS),
    "expectedM": rows(_expected("a month, as a name or number"), DATES),
    "expectedMM": rows(_expected("a month of two digits"), DATES),
    "expectedMMM": rows(_expected("a month's short name"), DATES),
    "expectedMMMM": rows(_expected("a month's full name"), DATES),
    "expectedQ": rows(_expected("a quarter of the fiscal year"), _PERIODS),
    "expectedH": rows(_expected("a half of the year"), _PERIODS),
    "expectedY": rows(_expected("a year of two or four digits"), DATES),
    "expectedYY": rows(_expected("a year of two digits"), DATES),
    "expectedYYYY": rows(_expected("a year of four digits"), DATES),
}
