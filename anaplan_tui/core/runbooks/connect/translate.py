"""Turns calls of the client into steps: what each option does in its turn."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from anaplan_tui.core.runbooks.connect import client
from anaplan_tui.core.runbooks.connect.client import Option
from anaplan_tui.core.runbooks.connect.connection import Connection
from anaplan_tui.core.runbooks.connect.drafts import Draft
from anaplan_tui.core.runbooks.connect.holes import Given, Unknown
from anaplan_tui.core.runbooks.connect.parameters import parameters_of
from anaplan_tui.core.runbooks.connect.paths import split
from anaplan_tui.core.runbooks.connect.texts import Texts, Untold
from anaplan_tui.core.runbooks.connect.walk import Call, Place, Remark

_KEYS = {"process": "run", "import": "import", "export": "export", "action": "action"}
_TARGET = frozenset(("workspace", "workspace_id", "model", "model_id"))
_LISTINGS = {
    "w": "workspaces",
    "m": "models",
    "f": "files",
    "i": "imports",
    "a": "actions",
    "e": "exports",
    "p": "processes",
}


class Translator:
    """Collects drafts and remarks over all calls of a script."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.connection = Connection(self._of_connection)
        self.items: list[Draft | Remark] = []
        self.dropped: list[str] = []
        self.seen: list[tuple[str | None, str | None]] = []
        """Workspace and model of every call, also of those without a step."""
        self._said: set[str] = set()

    def _of_connection(self, value: str) -> str | None:
        """As ``Texts.shown``; no path or name of a login has a ``=``, but a stray password may."""
        return None if "=" in value else self.texts.shown(value)

    def say(self, place: Place, text: str, *, untranslated: bool = True) -> None:
        """Report something in its place among the steps."""
        self.remark(Remark(place, text, untranslated))

    def say_once(self, place: Place, text: str) -> None:
        """Report something that every call repeats, such as the login."""
        if text not in self._said:
            self._said.add(text)
            self.say(place, text)

    def remark(self, remark: Remark) -> None:
        """Take in something that the walk met between calls."""
        if remark not in self.items:
            self.items.append(remark)

    def call(self, call: Call) -> None:
        """Translate one call of the client."""
        _CallReader(self, call).read()


@dataclass
class _Chosen:
    kind: str
    name: str
    spelled: str
    executed: Draft | None = None


class _CallReader:
    """The state that the client holds while it reads one command line."""

    def __init__(self, translator: Translator, call: Call) -> None:
        self._translator = translator
        self._texts = translator.texts
        self._call = call
        self._place = call.place
        self._target: dict[str, str] = {}
        self._file: str | None = None
        self._chosen: _Chosen | None = None
        self._mappings: list[str] = []
        self._locale: str | None = None
        self._last: Draft | None = None
        self._view = False
        self._connector = False
        self._upload_missing = False
        self._acts: dict[str, Callable[[Option], None]] = {
            "workspace": self._target_option,
            "workspace_id": self._target_option,
            "model": self._target_option,
            "model_id": self._target_option,
            "file": self._choose_file,
            "put": self._put,
            "import": self._choose,
            "export": self._choose,
            "action": self._choose,
            "process": self._choose,
            "execute": self._execute,
            "output": self._output,
            "get": self._get,
            "mapping": self._mapping,
            "locale": self._take_locale,
            "connector": self._take_connector,
            "list": self._read_only,
            "module": self._read_only,
            "view": self._read_only,
            "pages": self._read_only,
            "item_mapping": self._read_only,
            "read": self._read_only,
            "items": self._read_only,
            "items_output": self._read_only,
            "jdbc_properties": self._jdbc_properties,
            "jdbc_query": self._jdbc_query,
            "put_stdin": self._put_stdin,
        }

    def read(self) -> None:
        """Read the options of the call."""
        options, end = client.read(self._call.words, self._only_connection)
        depends = self._call.depends
        for option in options:
            self._texts_option(option)
            if option.name in client.CONNECTION:
                stop = self._connect(option)
                if stop:
                    return
            elif option.name in client.DROPPED:
                value = f" {option.value}" if option.value.isdecimal() else ""
                self._drop(f"{option.spelled}{value}")
            elif not depends or option.name in _TARGET:
                self._acts.get(option.name, self._other)(option)
        self._translator.seen.append((self._target.get("workspace"), self._target.get("model")))
        if depends:
            self._translator.say(
                self._place, f"a call of the client is not translated, for it depends on this: {depends}"
            )
            return
        if end is not None:
            behind = f"; never read: {' '.join(end.dropped)}" if end.dropped else ""
            self._say(f"{end.why}{self._why_unknown()}{behind}")
        self._leave_chosen()

    def _texts_option(self, option: Option) -> None:
        if option.name in ("load_class", "jdbc_url", "jdbc_user", "jdbc_property") and not self._call.depends:
            self._say(f'"{option.spelled}": {_JDBC[option.name]}')

    def _why_unknown(self) -> str:
        for word in self._call.words:
            hole = self._texts.holes.whole(word)
            if isinstance(hole, Unknown) and not self._only_connection(word):
                return f" ({'; '.join(dict.fromkeys(self._whys(hole)))})"
        return ""

    def _whys(self, hole: Unknown) -> Iterator[str]:
        """Why it is not known, and why its alternatives are not: the earliest first."""
        for alternative in hole.alternatives:
            for inner in self._texts.holes.within(alternative):
                if isinstance(inner, Unknown):
                    yield from self._whys(inner)
        yield hole.why

    def _only_connection(self, word: str) -> bool:
        """Whether an unknown word is about the login in every case."""
        hole = self._texts.holes.whole(word)
        if isinstance(hole, Given) and hole.filled is False:
            self._translator.say_once(self._place, "a variable among the options is set nowhere: it is empty")
            return True
        if not isinstance(hole, Unknown) or not hole.alternatives:
            return False
        for alternative in hole.alternatives:
            spelled = re.findall(r"(?:^|\s)(-[A-Za-z_-]+)(?=\s|$)", alternative)
            if alternative.strip() and not spelled:
                return False
            if any(option.name not in client.CONNECTION for option in client.options_of(spelled)):
                return False
        self._translator.say_once(self._place, f"the login is not known before the script runs: {hole.why}")
        return True

    def _say(self, text: str, *, untranslated: bool = True) -> None:
        self._translator.say(self._place, text, untranslated=untranslated)

    def _note(self, text: str) -> None:
        self._say(text, untranslated=False)

    def _drop(self, text: str) -> None:
        if text not in self._translator.dropped:
            self._translator.dropped.append(text)

    # The connection

    def _connect(self, option: Option) -> bool:
        """Take in an option of the connection; returns whether the client ends here with an error."""
        connection = self._translator.connection
        before = list(self._call.words[: self._call.words.index(option.spelled)])
        clash = ("-u", "-user", "-pkey", "-privatekey") if option.name == "keystore" else ("-k", "-keystore")
        first = next((word for word in before if word in clash), None)
        if option.name in ("keystore", "private_key") and first is not None:
            self._say(f'"{option.spelled}" behind "{first}" ends the client with an error: nothing ran')
            return True
        why = connection.take(option)
        if why:
            self._translator.say_once(self._place, f'"{option.spelled}": {why}')
        return False

    # Choosing

    def _target_option(self, option: Option) -> None:
        key = option.name.removesuffix("_id")
        try:
            self._target[key] = self._texts.template(option.value)
        except Untold as why:
            self._target.pop(key, None)
            self._say(f'"{option.spelled}": {why}; the steps behind it go to the profile\'s')

    def _choose_file(self, option: Option) -> None:
        self._file = option.value

    def _choose(self, option: Option) -> None:
        self._leave_chosen()
        self._chosen = _Chosen(option.name, option.value, option.spelled)

    def _leave_chosen(self) -> None:
        """Report what was chosen and never executed: the client never ran it."""
        chosen = self._chosen
        if chosen is not None and chosen.executed is None:
            name = self._texts.shown(chosen.name)
            self._say(
                f'"{chosen.spelled}"{f" {name}" if name else ""} was chosen and never executed: it never ran'
            )
        self._chosen = None

    # Doing

    def _add(self, values: dict[str, Any], *notes: str) -> Draft:
        draft = Draft(self._place, values | self._target, list(notes))
        try:
            draft.step({})
        except ValidationError:
            raise Untold("a name or a value in it is none that Anaplan can have") from None
        self._translator.items.append(draft)
        return draft

    def _put(self, option: Option) -> None:
        name = self._file
        if name is None:
            _, name = split(option.value, batch=self._call.batch)
            if not re.search(r"[./\\]", option.value) and not self._texts.holes.within(option.value):
                self._upload_missing = True
                self._say(f'"{option.spelled}": what stands there is no path of a file')
                return
        try:
            target = self._texts.template(name)
        except Untold as why:
            self._upload_missing = True
            self._say(f'"{option.spelled}": the name of the server file: {why}')
            return
        try:
            source = self._texts.path(option.value, self._call.cwd, batch=self._call.batch)
        except Untold as why:
            self._say(f'"{option.spelled}": the path: {why}; give it with --set')
            source = self._wanted(target, "the path of the file to upload")
        self._try(option, lambda: self._add({"upload": target, "from": source}))

    def _wanted(self, target: str, what: str) -> str:
        """A placeholder for what the operator has to provide, so that nothing runs on old content."""
        name = re.sub(r"\W+", "_", target, flags=re.ASCII).strip("_") or "upload"
        given = Given(f"{what}: {target}", f"{name}_path" if name[0].isalpha() else f"file_{name}_path")
        return f"{{{self._texts.name_of(given)}}}"

    def _execute(self, option: Option) -> None:
        chosen = self._chosen
        if chosen is None:
            what = "it reads lists or views, which no runbook does" if self._view else "nothing is chosen"
            self._say(f'"{option.spelled}" runs nothing: {what}')
            return
        if self._connector:
            self._say(
                f'"{chosen.spelled}" is not translated: the connection of its source ("-xc") cannot be given'
            )
            chosen.executed = self._last = None
            self._chosen = None
            return
        if self._upload_missing:
            self._say(f'"{chosen.spelled}" is not translated: an upload before it is missing')
            self._chosen, self._last = None, None
            return
        self._try(option, lambda: self._run(chosen), f"the name of {chosen.spelled}")

    def _run(self, chosen: _Chosen) -> None:
        values: dict[str, Any] = {_KEYS[chosen.kind]: self._texts.template(chosen.name)}
        parameters = parameters_of(self._mappings, chosen.kind, chosen.name, self._texts, self._say)
        if parameters:
            values["parameters"] = parameters
        if self._locale is not None:
            values["locale"] = self._locale
        self._last = chosen.executed = self._add(values)

    def _try(self, option: Option, act: Callable[[], Any], about: str = "") -> None:
        try:
            act()
        except Untold as why:
            self._say(f'"{option.spelled}": {f"{about}: " if about else ""}{why}')
            if option.name == "execute":
                self._chosen, self._last = None, None
            elif option.name == "put":
                self._upload_missing = True

    def _output(self, option: Option) -> None:
        last = self._last
        if last is None:
            self._say(
                f'"{option.spelled}" has no result before it: the client deletes that file and writes none'
            )
            return
        if "export" in last.values:
            self._note(f'"{option.spelled}" belongs to an export, which has no dump: nothing was written')
            return
        if "dumps" in last.values:
            self._say(f'"{option.spelled}" asks for the dumps of a run a second time: one folder is enough')
            return
        path = option.value
        if "run" not in last.values:
            path, _ = split(path, batch=self._call.batch)
            path = path or "."
        try:
            folder = self._texts.path(path, self._call.cwd, batch=self._call.batch)
            file = self._texts.path(option.value, self._call.cwd, batch=self._call.batch)
        except Untold as why:
            self._say(f'"{option.spelled}": {why}')
            return
        last.values["dumps"] = folder
        if "run" not in last.values:
            last.notes.append(
                f"Anaplan Connect wrote one file, {file}; the dump gets a name of its own in this folder."
            )
        if self._chosen is not None and self._chosen.executed is not last:
            last.notes.append(
                f'"{option.spelled}" behind "{self._chosen.spelled}" belongs to this, the last result.'
            )

    def _get(self, option: Option) -> None:
        try:
            path = self._texts.path(option.value, self._call.cwd, batch=self._call.batch)
            self._fetch(option, path)
        except Untold as why:
            self._say(f'"{option.spelled}": {why}')

    def _fetch(self, option: Option, path: str) -> None:
        chosen = self._chosen if self._chosen is not None and self._chosen.kind == "export" else None
        if self._file is not None:
            notes = []
            if chosen is not None and chosen.name.lower() != self._file.lower():
                notes = [
                    f'"{option.spelled}" fetches the file of "-file", still chosen, not that of the export.'
                ]
                self._note(
                    f'"{option.spelled}" fetches the file of "-file", not what the export before it wrote'
                )
            self._add({"download": self._texts.template(self._file), "to": path}, *notes)
        elif chosen is not None:
            self._fetch_export(option, chosen, path)
        else:
            _, name = split(option.value, batch=self._call.batch)
            self._add({"download": self._texts.template(name), "to": path})

    def _fetch_export(self, option: Option, chosen: _Chosen, path: str) -> None:
        if chosen.executed is not None and "to" not in chosen.executed.values:
            chosen.executed.values["to"] = path
            return
        self._add({"download": self._texts.template(chosen.name), "to": path})
        if chosen.executed is None:
            if self._last is None:
                self._say(
                    f'"{option.spelled}" of an export that is not executed: clients up to 1.3 fetch its '
                    "last file, newer ones nothing; translated as a download"
                )
            chosen.executed = Draft(self._place, {"to": path})

    # Parameters

    def _mapping(self, option: Option) -> None:
        self._mappings.append(option.value)

    def _take_locale(self, option: Option) -> None:
        if re.fullmatch(r"[a-z]{2,3}_[A-Z]{2}", option.value) and not self._texts.secrets.hide(option.value):
            self._locale = option.value
        else:
            self._say(f'"{option.spelled}": it is no locale such as en_US')

    def _take_connector(self, option: Option) -> None:
        self._connector = True
        self._say(
            f'"{option.spelled}": a source\'s connection cannot be given in a runbook; it can hold a secret'
        )

    # What a runbook has no step for

    def _read_only(self, option: Option) -> None:
        self._view = True
        if option.name in ("list", "module", "view", "pages", "item_mapping", "items_output"):
            self._say(f'"{option.spelled}": part of an operation on lists or views')
        else:
            self._say(
                f'"{option.spelled}": no step for lists and views: make an import or an export in the model'
            )
        if option.name == "read" and option.value:
            self._file = option.value

    def _jdbc_properties(self, option: Option) -> None:
        if self._file is not None:
            self._say(
                f'"{option.spelled}": no database is read: export the query to a file, which is uploaded here'
            )
            self._upload_of_query(self._file)
            return
        chosen = self._chosen
        self._say(f'"{option.spelled}": no database is written: load the file of the export into it yourself')
        if chosen is not None and chosen.executed is not None and "to" not in chosen.executed.values:
            given = Given("where the file of the export goes", "export_path")
            chosen.executed.values["to"] = f"{{{self._texts.name_of(given)}}}"

    def _jdbc_query(self, option: Option) -> None:
        query = self._texts.shown(option.value.removeprefix("@")) if option.value.startswith("@") else None
        of = f" in {query}" if query else ""
        self._say(
            f'"{option.spelled}": no database is read: export the query{of} to a file, which is uploaded here'
        )
        self._upload_of_query(self._file)

    def _put_stdin(self, option: Option) -> None:
        self._say(
            f'"{option.spelled}": nothing is read from a pipe: write it to a file, which is uploaded here'
        )
        self._upload_of_query(self._file)

    def _upload_of_query(self, file: str | None) -> None:
        try:
            if file is None:
                raise Untold("no server file is chosen")
            target = self._texts.template(file)
            wanted = self._wanted(target, "the path of a file with the rows for")
            self._add(
                {"upload": target, "from": wanted}, "The rows came from elsewhere: bring them in a file."
            )
        except Untold as why:
            self._upload_missing = True
            self._say(f"the upload of these rows is missing: {why}")

    def _other(self, option: Option) -> None:
        if option.name in ("load_class", "jdbc_url", "jdbc_user", "jdbc_property"):
            return  # said already
        if option.name == "listing":
            command = _LISTINGS.get(option.spelled[1:2].lower())
            instead = f": anaplan-tui {command}" if command and option.spelled[:3].lower() != "-mo" else ""
            self._say(f'"{option.spelled}" lists, which is no step{instead}')
        elif option.name == "execute_all":
            self._say(f'"{option.spelled}" runs nothing: it asks for all columns of a list')
        elif option.name in ("get_stdout", "export_metadata"):
            self._say(f'"{option.spelled}" prints, which is no step')
        else:
            self._say(f'"{option.spelled}" runs nothing')


_JDBC = {
    "load_class": "a JDBC driver; no database is read",
    "jdbc_url": "no database is read: its rows have to come in a file",
    "jdbc_user": "a login of a database, with a secret; it is not copied",
    "jdbc_property": "a property of a database's connection; it can be a secret and is not copied",
}
