"""Scenarios for a disk that fails or loses power, and what must hold afterwards.

Each scenario has earlier files (``prepare``), one action (``act``, in the recorded process), and what must
be true of a directory it left at any point, given what it had claimed by then (``check``).
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Protocol
from zipfile import ZipFile

from pydantic import SecretStr

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.config.paths import UnsafePath
from anaplan_tui.core.bundle import BundleFailed, write_bundle
from anaplan_tui.core.downloads import (
    Connections,
    DownloadFailed,
    Fetched,
    PartIdentity,
    Patience,
    Terms,
    fetch,
    make_folder,
    publish,
)
from anaplan_tui.core.downloads.parts import Parts
from anaplan_tui.core.dumps.run_json import write_run_json
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.wanted import Asked, Wanted
from anaplan_tui.core.sign_in.token_file import TokenFile
from anaplan_tui.core.snapshots import Action, Dump, Phase, RunSnapshot, Verdict
from anaplan_tui.core.triage.errors import TriageError
from anaplan_tui.core.triage.layout import Layout
from anaplan_tui.core.triage.writing import Cells, write_rows
from anaplan_tui.core.uploads.record import Content, UploadRecord
from tests.support.downloads_server import DUMP, ChunkServer, client_of, dump_of
from tests.support.journal_writer import TARGET, intent

WHOLE = b"".join(dump_of([700] * 3))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Told:
    """What the program said while it acted."""

    mark: Callable[[str], None]
    claims: list[str] = field(default_factory=list)
    error: str = ""
    bug: str = ""

    def claim(self, what: str) -> None:
        """Claim that this holds from now on, whatever happens to the machine."""
        self.mark(what)
        self.claims.append(what)


class Scenario(Protocol):
    """A scenario as the module describes it."""

    @property
    def may_raise(self) -> tuple[type[Exception], ...]:
        """Errors it may raise instead of a claim; any other is a defect."""

    def prepare(self, root: Path) -> None: ...

    def act(self, root: Path, told: Told) -> None: ...

    def check(self, root: Path, claims: Collection[str]) -> None:
        """Check the directory. Raises ``AssertionError``."""


def _only(folder: Path, *allowed: str) -> None:
    """Allow hidden leftovers, but nothing incomplete under a name that somebody looks for."""
    found = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert found <= set(allowed), found


class Publishing:
    """A download's last step, with the folders made for it."""

    may_raise = (DownloadFailed,)

    def prepare(self, root: Path) -> None:
        (root / "parts" / "k").mkdir(parents=True)
        (root / "parts" / "k" / "whole").write_bytes(WHOLE)

    def act(self, root: Path, told: Told) -> None:
        final = self._final(root)
        make_folder(root / "dumps", final.parent)
        published = publish(root / "parts" / "k" / "whole", final)
        assert (published.path, published.unchanged) == (final, False)
        told.claim("published")

    def check(self, root: Path, claims: Collection[str]) -> None:
        final, part = self._final(root), root / "parts" / "k" / "whole"
        if final.parent.is_dir():
            _only(final.parent, final.name)
        if "published" in claims or final.exists():
            assert final.read_bytes() == WHOLE
        else:
            assert part.read_bytes() == WHOLE
        if part.exists():
            make_folder(root / "dumps", final.parent)
            assert publish(part, final).path == final
        assert final.read_bytes() == WHOLE

    @staticmethod
    def _final(root: Path) -> Path:
        return root / "dumps" / "Demand plan" / "Nightly load" / "Sales_112.csv"


class Downloading:
    """A whole download over HTTP: parts, ledger, publishing, receipt, journal."""

    may_raise = (DownloadFailed,)
    chunks = dump_of([700] * 3)

    def prepare(self, root: Path) -> None:
        (root / "dumps").mkdir()
        (root / "state").mkdir(mode=0o700)
        with Journal.open(root / "state" / "journal.db"):
            pass

    def act(self, root: Path, told: Told) -> None:
        async def download() -> None:
            async with ChunkServer(self.chunks) as server, client_of(server.url) as client:
                await self._fetch(root, client)
                told.claim("fetched")

        asyncio.run(download())

    def check(self, root: Path, claims: Collection[str]) -> None:
        final = root / "dumps" / "Sales_112.csv"
        _only(root / "dumps", final.name)
        if "fetched" in claims or final.exists():
            assert final.read_bytes() == WHOLE
        key = self._identity().key
        for folder in [path for path in (root / "parts").glob(key) if (path / "ledger").exists()]:
            parts = Parts.open(folder.parent, self._identity(), ["0", "1", "2"])
            try:
                parts.verify()
                for record in parts.records.values():
                    place = self.chunks[record.chunk]
                    assert record.size == len(place)
            finally:
                parts.close()

        async def go_on() -> Fetched:
            async with ChunkServer(self.chunks) as server, client_of(server.url) as client:
                return await self._fetch(root, client)

        fetched = asyncio.run(go_on())
        assert fetched.path.read_bytes() == WHOLE
        assert fetched.path == final
        _only(root / "dumps", final.name)

    async def _fetch(self, root: Path, client: AnaplanClient) -> Fetched:
        terms = Terms(root / "parts", Connections(), 2, Patience(tries=2))
        return await fetch(
            client,
            DUMP,
            root / "dumps" / "Sales_112.csv",
            identity=self._identity(),
            terms=terms,
        )

    @staticmethod
    def _identity() -> PartIdentity:
        return PartIdentity("https://api.anaplan.com", DUMP)


class Journaling:
    """Runs from intent to end, a wanted download and a choice, in a state directory made on the way."""

    may_raise = (UnsafePath,)
    runs = 1

    def prepare(self, root: Path) -> None:
        pass

    def act(self, root: Path, told: Told) -> None:
        with Journal.open(root / "state" / "journal.db") as journal:

            def claim(what: str) -> None:
                # In memory it says so, and promises nothing beyond this life of the app.
                if journal.notice is None:
                    told.claim(what)

            for number in range(self.runs):
                run_id = f"r{number}"
                journal.intend(intent(run_id))
                claim(f"intended {run_id}")
                journal.started(run_id, f"T{run_id}", adopted=False)
                claim(f"started {run_id}")
                going = RunSnapshot(run_id, TARGET, "Nightly load", phase=Phase.RUNNING, task_id=f"T{run_id}")
                journal.observed(replace(going, state="IN_PROGRESS"))
                raw = {"result": {"details": ["x" * 3000]}}
                journal.observed(replace(going, phase=Phase.ENDED, verdict=Verdict.COMPLETED, raw=raw))
                claim(f"ended {run_id}")
            journal.want([Wanted("r0", Asked.DUMP, "112", root / "dumps" / "x.csv", None, "Sales")])
            claim("wanted")
            journal.remember("prod", "sort", {"by": "name"})
            claim("remembered")

    def check(self, root: Path, claims: Collection[str]) -> None:
        with Journal.open(root / "state" / "journal.db", keep_days=100_000) as journal:
            assert journal.notice is None, journal.notice
            for claim in claims:
                what, _, run_id = claim.partition(" ")
                if what == "wanted":
                    assert [wish.object_id for wish in journal.wanted("prod")] == ["112"]
                elif what == "remembered":
                    assert journal.choice("prod", "sort") == {"by": "name"}
                else:
                    run = journal.run(run_id)
                    assert run is not None, f"{claim} was lost"
                    if what != "intended":
                        assert run.summary.task_id == f"T{run_id}"
                    if what == "ended":
                        assert run.summary.phase is Phase.ENDED
                        assert run.snapshot().raw is not None
            assert len(journal.recent("prod")) <= self.runs
            journal.intend(intent("next"))
            assert journal.run("next") is not None


class Uploading:
    """The record of an upload started afresh: what an earlier try sent no longer counts."""

    may_raise = (OSError,)
    content = Content(3_000, 7, 1_000)
    earlier, later = "aa" * 32, "bb" * 32

    def prepare(self, root: Path) -> None:
        old = UploadRecord.begin(root / "k.upload", self.content)
        for number in range(3):
            old.add(number, self.earlier)

    def act(self, root: Path, told: Told) -> None:
        record = UploadRecord.begin(root / "k.upload", self.content)
        told.claim("begun")
        for number in range(3):
            # The service answers first.
            told.claim(f"sent {number}")
            record.add(number, self.later)

    def check(self, root: Path, claims: Collection[str]) -> None:
        record = UploadRecord.resume(root / "k.upload", self.content)
        sent = {} if record is None else record.sent
        allowed = {number: self.later for number in range(3) if f"sent {number}" in claims}
        if "begun" in claims:
            assert sent.items() <= allowed.items(), sent
        else:
            assert set(sent.values()) <= {self.earlier}, sent


class TokenSaving:
    """A refresh token that replaces another."""

    may_raise = ()

    def prepare(self, root: Path) -> None:
        self._tokens(root, print).save(SecretStr("the one before"))

    def act(self, root: Path, told: Told) -> None:
        said: list[str] = []
        self._tokens(root, said.append).save(SecretStr("the new one"))
        if not said:
            told.claim("saved")

    def check(self, root: Path, claims: Collection[str]) -> None:
        found = self._tokens(root, print).load()
        text = None if found is None else found.get_secret_value()
        allowed = ("the new one",) if "saved" in claims else ("the new one", "the one before", None)
        assert text in allowed, text
        assert not list(root.glob("*.part")) or "saved" not in claims

    @staticmethod
    def _tokens(root: Path, tell: Callable[[str], None]) -> TokenFile:
        return TokenFile(root, "prod", "https://us1a.app.anaplan.com", "client", tell)


class RowSaving:
    """Rows of a dump written to a file of the operator's."""

    may_raise = (TriageError,)
    layout = Layout(("Region", "Menge"), ",", '"', quotes_all=False, encoding="utf-8", newline="\r\n")
    rows: ClassVar[list[Cells]] = [("Süd", "1")] * 2_000
    text = ("Region,Menge\r\n" + "Süd,1\r\n" * 2_000).encode()

    def prepare(self, root: Path) -> None:
        pass

    def act(self, root: Path, told: Told) -> None:
        halves = (self.rows[:1_000], self.rows[1_000:])
        assert write_rows(root / "corrected.csv", self.layout, halves) == 2_000
        told.claim("saved")

    def check(self, root: Path, claims: Collection[str]) -> None:
        _only(root, "corrected.csv")
        saved = root / "corrected.csv"
        if "saved" in claims or saved.exists():
            assert saved.read_bytes() == self.text


class DocumentWriting:
    """``run.json`` in place of an older one."""

    may_raise = (OSError,)

    def prepare(self, root: Path) -> None:
        write_run_json(root / "run", self._run("the one before"))

    def act(self, root: Path, told: Told) -> None:
        write_run_json(root / "run", self._run("the new one"))
        told.claim("written")

    def check(self, root: Path, claims: Collection[str]) -> None:
        _only(root / "run", "run.json")
        reason = json.loads((root / "run" / "run.json").read_bytes())["reason"]
        assert reason in (("the new one",) if "written" in claims else ("the new one", "the one before"))

    @staticmethod
    def _run(reason: str) -> RunSnapshot:
        return RunSnapshot("r", TARGET, "Nightly load", task_id="T", reason=reason)


class Bundling:
    """A bundle under a new name, then another in its place."""

    may_raise = (BundleFailed,)

    def prepare(self, root: Path) -> None:
        (root / "Sales_112.csv").write_bytes(WHOLE)

    def act(self, root: Path, told: Told) -> None:
        write_bundle(root / "b.zip", self._run(root, "first"), now=NOON)
        told.claim("first")
        write_bundle(root / "b.zip", self._run(root, "second"), now=NOON, overwrite=True)
        told.claim("second")

    def check(self, root: Path, claims: Collection[str]) -> None:
        _only(root, "b.zip", "Sales_112.csv")
        bundle = root / "b.zip"
        if not bundle.exists():
            assert not claims
            return
        with ZipFile(bundle) as archive:
            assert archive.testzip() is None
            reason = json.loads(archive.read("summary.json"))["reason"]
        allowed = ("second",) if "second" in claims else ("first", "second")
        assert reason in allowed, reason

    @staticmethod
    def _run(root: Path, reason: str) -> RunSnapshot:
        sha256 = hashlib.sha256(WHOLE).hexdigest()
        dump = Dump(True, root / "Sales_112.csv", len(WHOLE), sha256, 3)
        sales = Action("112", "Sales", "import", dump=dump)
        return RunSnapshot(
            "r", TARGET, "Nightly load", phase=Phase.ENDED, task_id="T", reason=reason, actions=(sales,)
        )


SCENARIOS: dict[str, Scenario] = {
    "publishing": Publishing(),
    "downloading": Downloading(),
    "journal": Journaling(),
    "upload record": Uploading(),
    "token": TokenSaving(),
    "rows": RowSaving(),
    "run.json": DocumentWriting(),
    "bundle": Bundling(),
}
