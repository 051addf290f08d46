"""The main job with apapi, whose own tests run against the live service.

Run by `python -m tests.peers` with an interpreter that has apapi. Its first argument is the tenant's URL;
apapi does not use the certificate and key that follow.
"""

import csv
import io
import sys
import time
from typing import Any

from apapi.authentication import BasicAuth
from apapi.bulk import BulkConnection
from apapi.connection import Connection

MODEL = "Demand plan"
POLL = 0.2


class Job:
    """A connection to the main model."""

    def __init__(self, connection: Connection) -> None:
        self.api = connection
        models = connection.get_models().json()["models"]
        self.model = next(model["id"] for model in models if model["name"] == MODEL)
        kinds = ("processes", "imports", "exports", "actions", "files")
        self.ids = {kind: {row["name"]: row["id"] for row in self._listed(kind)} for kind in kinds}

    def _listed(self, kind: str) -> list[dict[str, Any]]:
        listed = BulkConnection.generic_get_actions(self.api, self.model, kind).json()[kind]
        assert listed, f"no {kind}"
        return list(listed)

    def finished(self, kind: str, object_id: str, task: str) -> dict[str, Any]:
        """Return the result of a task once it has ended."""
        while True:
            found = self.api.generic_get_action_task(self.model, object_id, task, kind).json()["task"]
            if found["taskState"] in ("COMPLETE", "CANCELLED"):
                result: dict[str, Any] = found["result"]
                return result
            time.sleep(POLL)

    def processes(self) -> None:
        """Run a process with rejected rows; read its results, and its dumps both ways."""
        process = self.ids["processes"]["Nightly load"]
        plan = self.api.get_process(self.model, process).json()["processMetadata"]["actions"]
        before = self.api.get_process_tasks(self.model, process).json()["tasks"]
        task = self.api.run_process(self.model, process).json()["task"]["taskId"]
        after = self.api.get_process_tasks(self.model, process).json()["tasks"]
        assert {t["taskId"] for t in after} - {t["taskId"] for t in before} == {task}
        result = self.finished("processes", process, task)
        nested = result["nestedResults"]
        assert [entry["objectId"] for entry in nested] == [action["id"] for action in plan]
        rows = {}
        for entry in nested:
            if entry["failureDumpAvailable"]:
                joined = self.api.download_process_dump(self.model, process, task, entry["objectId"])
                whole = self.api.get_process_dump(self.model, process, task, entry["objectId"]).content
                assert joined == whole
                table = csv.reader(io.StringIO(joined.decode(), newline=""))
                rows[entry["details"][0]["type"]] = sum(1 for _ in table) - 1
        assert rows == {"lineItemRowsProcessedWithFailures": 1_234, "hierarchyRowsProcessedWithFailures": 77}

    def prompted(self) -> None:
        """Run a process that asks for a version."""
        process = self.ids["processes"]["Actuals load"]
        task = self.api.run_process(self.model, process, {"Version": "Actual"}).json()["task"]["taskId"]
        first = self.finished("processes", process, task)["nestedResults"][0]
        assert first["successful"]
        assert first["details"][0]["localMessageText"] == "Amount cells: 3600 (12 ignored)"

    def imports(self) -> None:
        """Upload a file whole and in chunks, import each, and read the dump of a single import."""
        load, file = self.ids["imports"]["Targets from targets.csv"], self.ids["files"]["targets.csv"]
        head, good, bad = b"Region,Month,Target\n", "Süd,Jan 26,1\n".encode(), b"Sud,Jan 26,1\n"

        def run() -> tuple[str, str, bool]:
            task: str = self.api.run_import(self.model, load).json()["task"]["taskId"]
            result = self.finished("imports", load, task)
            return task, result["details"][0]["localMessageText"], result["failureDumpAvailable"]

        self.api.put_file(self.model, file, head + good)
        assert run()[1:] == ("Target cells: 1", False)
        self.api.upload_file(self.model, file, [head, good, good])
        assert self.api.get_file(self.model, file).content == head + good + good
        assert run()[1:] == ("Target cells: 2", False)
        self.api.upload_file(self.model, file, [head, bad])
        task, *said = run()
        assert said == ["Target cells: 0 (1 failed)", True]
        dump = self.api.download_import_dump(self.model, load, task)
        assert dump == self.api.get_import_dump(self.model, load, task).content
        assert b"Item not located in Region list" in dump
        self.api.delete_file(self.model, file)

    def exports(self) -> None:
        """Read an export's file, whole and in chunks; run another action."""
        export = self.ids["exports"]["Targets by region.csv"]
        task = self.api.run_export(self.model, export).json()["task"]["taskId"]
        assert self.finished("exports", export, task)["successful"]
        joined = b"".join(self.api.download_file(self.model, export))
        assert joined.count(b"\n") == 401
        assert joined == self.api.get_file(self.model, export).content
        action = self.ids["actions"]["Order Regions"]
        task = self.api.run_action(self.model, action).json()["task"]["taskId"]
        assert self.finished("actions", action, task)["successful"]


def main(url: str) -> None:
    """Run the whole job. Raises AssertionError or apapi's own errors when the tenant is not as expected."""
    with BasicAuth("demo@example.com:demo", auth_url=url) as auth:
        assert auth.validate_token()
        connection = Connection(auth, api_url=url)
        assert connection.get_me().json()["user"]["email"] == "demo@example.com"
        assert len(connection.get_workspaces().json()["workspaces"]) == 2
        job = Job(connection)
        assert connection.get_model_status(job.model).json()["requestStatus"]["currentStep"] == "Open"
        job.processes()
        job.prompted()
        job.imports()
        job.exports()
        auth.refresh_token()
        assert auth.validate_token()


if __name__ == "__main__":
    main(sys.argv[1])
