"""The tenant's lists, and who may see them: service.md §1.5, §3, §8.4, §9."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from anaplan_tui.demo.company import DEMAND_PLAN, FINANCE, NO_ACCESS, SUPPLY_CHAIN
from anaplan_tui.demo.company_objects import TREASURY_MODEL
from anaplan_tui.demo.server import DemoServer
from tests.support.tenants import (
    FX_REFRESH,
    MODEL,
    MODEL_ONLY,
    NIGHTLY_LOAD,
    STANDARD_USER,
    PlainClient,
    sign_in,
)


def test_both_path_forms_say_the_same(client: PlainClient) -> None:
    lists = ("/processes", "/imports", "/imports/", "/exports", "/actions", "/files")
    for path in (*lists, f"/processes/{NIGHTLY_LOAD}", "/imports/112000000101", "/exports/116000000001"):
        long, short = client.http.get(MODEL + path).json(), client.http.get(MODEL_ONLY + path).json()
        long["meta"].pop("paging", None), short["meta"].pop("paging", None)
        assert long == short


def test_a_model_is_405_below_its_workspace(client: PlainClient) -> None:
    assert client.http.get(MODEL).status_code == 405
    assert client.http.get(MODEL_ONLY).json()["model"]["id"] == DEMAND_PLAN


def test_ids_are_case_sensitive(client: PlainClient) -> None:
    assert client.http.get(MODEL_ONLY.replace(DEMAND_PLAN, DEMAND_PLAN.lower())).status_code == 404
    assert client.http.get(f"/2/0/workspaces/{SUPPLY_CHAIN.upper()}/models").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("Demand plan 2023", 422), ("Inventory hub", 423), ("Treasury", 424), ("Spoke APAC", 425)],
)
def test_models_that_refuse(client: PlainClient, name: str, status: int) -> None:
    models = {m["name"]: m["id"] for m in client.http.get("/2/0/models").json()["models"]}
    for path in ("/processes", "/status", "/imports", "/processes/118000000001/tasks"):
        answer = client.http.get(f"/2/0/models/{models[name]}{path}")
        assert answer.status_code == status
        assert answer.json()["status"]["code"] == status


def test_a_model_without_access_looks_like_one_without_anything(client: PlainClient) -> None:
    base = f"/2/0/models/{NO_ACCESS}"
    assert client.http.get(base).status_code == 200
    assert client.http.get(f"{base}/processes").status_code == 404
    assert (
        client.http.post(f"{base}/processes/118000000001/tasks", json={"localeName": "x"}).status_code == 404
    )
    listed = client.http.get(f"{base}/processes/118000000001/tasks")
    assert listed.status_code == 200
    assert "tasks" not in listed.json()


def test_pages_together_are_the_whole_list(client: PlainClient) -> None:
    everything = client.get("/processes")
    total = len(everything["processes"])
    assert total > 40
    assert everything["meta"]["paging"]["next"].endswith("limit=20&offset=20")  # though nothing is left
    rows: list[Any] = []
    while len(rows) < total:
        rows += client.get("/processes", limit=7, offset=len(rows))["processes"]
    assert rows == everything["processes"]
    assert "processes" not in client.get("/processes", offset=total)
    for limit in ("many", "0", "-1", "1.5", ""):
        assert client.get("/processes", 400, limit=limit)["status"]["code"] == 400
    assert client.get("/processes", 400, offset="-1")["status"]["code"] == 400
    client.server.tenant.habits.page_limit = 3
    assert len(client.get("/processes", limit=100)["processes"]) == 3


def names(client: PlainClient, path: str, key: str, **query: str) -> list[str]:
    answer = client.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()[key]]


def in_order(texts: list[str]) -> list[str]:
    return sorted(texts, key=str.casefold)


def test_models_and_workspaces_are_sorted_by_few_columns_with_a_sign(client: PlainClient) -> None:
    plain = names(client, "/2/0/models", "models")
    assert plain != in_order(plain)
    assert names(client, "/2/0/models", "models", sort="+name") == in_order(plain)
    assert names(client, "/2/0/models", "models", sort="-name") == in_order(plain)[::-1]
    states = client.http.get("/2/0/models", params={"sort": "-activeState,+name"}).json()["models"]
    pairs = [(m["activeState"], m["name"]) for m in states]
    assert [state for state, _ in pairs] == sorted((state for state, _ in pairs), reverse=True)
    assert [name for state, name in pairs if state == "UNLOCKED"] == in_order(
        [name for state, name in pairs if state == "UNLOCKED"]
    )
    sizes = client.http.get("/2/0/workspaces", params={"sort": "+sizeAllowance"}).json()["workspaces"]
    assert [w["name"] for w in sizes] == ["Finance", "Supply Chain"]
    assert "sizeAllowance" not in sizes[0]
    for path, sort in (
        ("models", "name"),
        ("models", "-shoeSize"),
        ("models", "+id"),
        ("models", "+name,activeState"),
        ("workspaces", "sizeAllowance"),
        ("users", "+guid"),
        ("users", ""),
    ):
        assert client.http.get(f"/2/0/{path}", params={"sort": sort}).status_code == 400, sort


@pytest.mark.parametrize("key", ["processes", "imports", "exports", "actions", "files"])
def test_lists_in_a_model_are_sorted_by_name_and_id(client: PlainClient, key: str) -> None:
    path = f"{MODEL}/{key}"
    plain = names(client, path, key)
    for sort in ("name", "+name"):
        assert names(client, path, key, sort=sort) == in_order(plain)
    assert names(client, path, key, sort="-name") == in_order(plain)[::-1]
    ids = [row["id"] for row in client.http.get(path, params={"sort": "-id"}).json()[key]]
    assert ids == sorted(ids, reverse=True)
    assert names(client, path, key, sort="shoeSize") == plain


def test_s_keeps_what_matches_and_ignores_case(client: PlainClient, other: PlainClient) -> None:
    assert names(client, "/2/0/workspaces", "workspaces", s="SUPPLY") == ["Supply Chain"]
    assert names(client, "/2/0/workspaces", "workspaces", s="f_n%ce") == ["Finance"]
    mails = client.http.get("/2/0/users", params={"s": "smith"}).json()["users"]
    assert [user["email"] for user in mails] == ["jo.smith@example.com"]
    assert "workspaces" not in client.http.get("/2/0/workspaces", params={"s": "."}).json()
    everything = names(client, "/2/0/models", "models")
    assert names(client, "/2/0/models", "models", s="cash") == everything  # no tenant administrator
    assert names(other, "/2/0/models", "models", s="cash") == ["Cash forecast"]


def test_a_process_lists_its_actions_in_order(client: PlainClient) -> None:
    def actions(**query: str) -> list[dict[str, Any]]:
        return list(client.get(f"/processes/{NIGHTLY_LOAD}", 200, **query)["processMetadata"]["actions"])

    plain = actions()
    assert [a["actionType"] for a in plain] == ["IMPORT", "IMPORT", "IMPORT", "EXPORT", "DELETE_BY_SELECTION"]
    assert "importDataSource" not in plain[0]
    assert actions(showImportDataSource="true")[0]["importDataSource"]["type"] == "FILE"
    assert actions(showImportDataSource="1") == plain


def test_an_import_of_another_model_names_its_source_by_number(client: PlainClient) -> None:
    imports = {row["id"]: row for row in client.get("/imports")["imports"]}
    assert all(row["importDataSourceId"].isdigit() for row in imports.values())
    (row,) = client.get(f"/processes/{FX_REFRESH}", showImportDataSource="true")["processMetadata"]["actions"]
    assert row["importDataSourceId"] == imports[row["id"]]["importDataSourceId"] == "102000000031"
    assert row["importDataSource"] == {
        "importDataSourceId": "102000000031",
        "type": "MODEL",
        "sourceModelId": TREASURY_MODEL,
        "sourceModelName": "Treasury",
        "sourceWorkspaceId": FINANCE,
    }


def test_an_import_says_what_it_expects(client: PlainClient) -> None:
    metadata = client.get("/imports/112000000111")["importMetadata"]
    assert metadata["type"] == "FILE"
    assert metadata["source"]["columnSeparator"] == "\t"
    assert metadata["source"]["headerNames"] == ["Account", "Region", "Text", "Amount"]
    assert client.get("/imports/112000000106")["importMetadata"]["type"] == "MODEL"


def test_the_date_is_the_tenants(client: PlainClient) -> None:
    client.server.clock.advance(7 * 86_400)
    sign_in_again = sign_in(client.server)
    with sign_in_again.http as http:
        date = parsedate_to_datetime(http.get("/2/0/users/me").headers["date"])
    assert abs(date.timestamp() - client.server.clock.now()) < 60


def test_status_is_bare_for_get_and_enveloped_for_post(client: PlainClient) -> None:
    idle = client.get("/status")
    assert idle.keys() == {"requestStatus"}
    assert idle["requestStatus"]["progress"] == -1.0
    task = client.start(NIGHTLY_LOAD)
    client.server.clock.advance(5)
    busy = client.http.post(f"{MODEL}/status").json()
    assert busy["status"]["code"] == 200
    assert busy["requestStatus"]["taskId"] == task.rpartition("/")[2]


def test_workspaces_show_sizes_only_on_request(client: PlainClient) -> None:
    assert "currentSize" not in client.http.get("/2/0/workspaces").json()["workspaces"][0]
    detailed = client.http.get("/2/0/workspaces", params={"tenantDetails": "true"}).json()["workspaces"][0]
    assert detailed["currentSize"] > 0


def test_a_workspace_is_shown_to_its_administrators(client: PlainClient) -> None:
    assert client.http.get(f"/2/0/workspaces/{SUPPLY_CHAIN}").json()["workspace"]["name"] == "Supply Chain"
    with sign_in(client.server, STANDARD_USER) as standard:
        assert standard.http.get(f"/2/0/workspaces/{SUPPLY_CHAIN}").status_code == 404


def test_an_unknown_path_is_the_same_404(server: DemoServer) -> None:
    with sign_in(server).http as http:
        body = http.get("/2/0/models/x/nothing/here").json()
    assert body["status"]["code"] == 404
    assert body["path"] == "/2/0/models/x/nothing/here"
