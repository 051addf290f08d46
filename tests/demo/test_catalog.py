"""What there is, and who may see it: `anaplan-api.md` §1.5, §3, §8.4, §9."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from anaplan_tui.demo.company import DEMAND_PLAN, NO_ACCESS, SUPPLY_CHAIN
from anaplan_tui.demo.server import DemoServer
from tests.demo.support import MODEL, MODEL_ONLY, NIGHTLY_LOAD, Desk, sign_in


def test_both_path_forms_say_the_same(desk: Desk) -> None:
    lists = ("/processes", "/imports", "/imports/", "/exports", "/actions", "/files")
    for path in (*lists, f"/processes/{NIGHTLY_LOAD}", "/imports/112000000101", "/exports/116000000001"):
        long, short = desk.http.get(MODEL + path).json(), desk.http.get(MODEL_ONLY + path).json()
        long["meta"].pop("paging", None), short["meta"].pop("paging", None)
        assert long == short


def test_a_model_is_405_below_its_workspace(desk: Desk) -> None:
    assert desk.http.get(MODEL).status_code == 405
    assert desk.http.get(MODEL_ONLY).json()["model"]["id"] == DEMAND_PLAN


def test_ids_are_case_sensitive(desk: Desk) -> None:
    assert desk.http.get(MODEL_ONLY.replace(DEMAND_PLAN, DEMAND_PLAN.lower())).status_code == 404
    assert desk.http.get(f"/2/0/workspaces/{SUPPLY_CHAIN.upper()}/models").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("Demand plan 2023", 422), ("Inventory hub", 423), ("Treasury", 424), ("Spoke APAC", 425)],
)
def test_models_that_refuse(desk: Desk, name: str, status: int) -> None:
    models = {m["name"]: m["id"] for m in desk.http.get("/2/0/models").json()["models"]}
    for path in ("/processes", "/status", "/imports", "/processes/118000000001/tasks"):
        answer = desk.http.get(f"/2/0/models/{models[name]}{path}")
        assert answer.status_code == status
        assert answer.json()["status"]["code"] == status


def test_a_model_without_access_looks_like_one_without_anything(desk: Desk) -> None:
    base = f"/2/0/models/{NO_ACCESS}"
    assert desk.http.get(base).status_code == 200
    assert desk.http.get(f"{base}/processes").status_code == 404
    assert desk.http.post(f"{base}/processes/118000000001/tasks", json={"localeName": "x"}).status_code == 404
    listed = desk.http.get(f"{base}/processes/118000000001/tasks")
    assert listed.status_code == 200
    assert "tasks" not in listed.json()


def test_paging(desk: Desk) -> None:
    everything = desk.get("/processes")
    total = len(everything["processes"])
    assert total > 40
    assert everything["meta"]["paging"]["next"].endswith("limit=20&offset=20")  # though nothing is left
    rows: list[Any] = []
    while len(rows) < total:
        rows += desk.get("/processes", limit=7, offset=len(rows))["processes"]
    assert rows == everything["processes"]
    assert "processes" not in desk.get("/processes", offset=total)
    assert desk.get("/processes", 400, limit="many")["status"]["code"] == 400
    desk.server.tenant.page_limit = 3
    assert len(desk.get("/processes", limit=100)["processes"]) == 3


def test_sorting_is_checked_on_models_only(desk: Desk) -> None:
    assert desk.http.get("/2/0/models", params={"sort": "+name"}).status_code == 200
    assert desk.http.get("/2/0/models", params={"sort": "name"}).status_code == 400
    assert desk.http.get("/2/0/models", params={"sort": "-shoeSize"}).status_code == 400
    assert desk.http.get(f"{MODEL}/processes", params={"sort": "shoeSize"}).status_code == 200


def test_a_process_lists_its_actions_in_order(desk: Desk) -> None:
    def actions(**query: str) -> list[dict[str, Any]]:
        return list(desk.get(f"/processes/{NIGHTLY_LOAD}", 200, **query)["processMetadata"]["actions"])

    plain = actions()
    assert [a["actionType"] for a in plain] == ["IMPORT", "IMPORT", "IMPORT", "EXPORT", "DELETE_BY_SELECTION"]
    assert "importDataSource" not in plain[0]
    assert actions(showImportDataSource="true")[0]["importDataSource"]["type"] == "FILE"
    assert actions(showImportDataSource="1") == plain


def test_an_import_says_what_it_expects(desk: Desk) -> None:
    metadata = desk.get("/imports/112000000111")["importMetadata"]
    assert metadata["type"] == "FILE"
    assert metadata["source"]["columnSeparator"] == "\t"
    assert metadata["source"]["headerNames"] == ["Account", "Region", "Text", "Amount"]
    assert desk.get("/imports/112000000106")["importMetadata"]["type"] == "MODEL"


def test_the_date_is_the_tenants(desk: Desk) -> None:
    desk.server.clock.advance(7 * 86_400)
    sign_in_again = sign_in(desk.server)
    with sign_in_again.http as http:
        date = parsedate_to_datetime(http.get("/2/0/users/me").headers["date"])
    assert abs(date.timestamp() - desk.server.clock.now()) < 60


def test_status_is_bare_for_get_and_enveloped_for_post(desk: Desk) -> None:
    idle = desk.get("/status")
    assert idle.keys() == {"requestStatus"}
    assert idle["requestStatus"]["progress"] == -1.0
    task = desk.start(NIGHTLY_LOAD)
    desk.server.clock.advance(5)
    busy = desk.http.post(f"{MODEL}/status").json()
    assert busy["status"]["code"] == 200
    assert busy["requestStatus"]["taskId"] == task.rpartition("/")[2]


def test_workspaces_show_sizes_only_on_request(desk: Desk) -> None:
    assert "currentSize" not in desk.http.get("/2/0/workspaces").json()["workspaces"][0]
    detailed = desk.http.get("/2/0/workspaces", params={"tenantDetails": "true"}).json()["workspaces"][0]
    assert detailed["currentSize"] > 0
    assert desk.http.get(f"/2/0/workspaces/{SUPPLY_CHAIN}").status_code == 404


def test_an_unknown_path_is_the_same_404(server: DemoServer) -> None:
    with sign_in(server).http as http:
        body = http.get("/2/0/models/x/nothing/here").json()
    assert body["status"]["code"] == 404
    assert body["path"] == "/2/0/models/x/nothing/here"
