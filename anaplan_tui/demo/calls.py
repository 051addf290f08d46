"""An authenticated API request: looks up the model, object and task in its path, and checks access."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from anaplan_tui.demo.answers import ApiError, envelope, number
from anaplan_tui.demo.model import COLLECTIONS, Action, Json, Kind, Model, Process, User
from anaplan_tui.demo.scripts import Run
from anaplan_tui.demo.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Call:
    """A request by a user. Its properties raise ApiError 404 for anything that does not exist."""

    tenant: Tenant
    user: User
    request: Request
    body: bytes

    def part(self, name: str) -> str:
        """A variable part of the path."""
        return str(self.request.path_params[name])

    @property
    def named_model(self) -> Model:
        """The model in the path, whether or not the user may open it."""
        model = self.tenant.model(self.part("model"))
        workspace = self.request.path_params.get("workspace")
        if model is None or workspace not in (None, model.workspace):
            raise ApiError(404)
        return model

    @property
    def model(self) -> Model:
        """The model in the path, if this user may open it: else 404, or 422 to 425 by its state.

        Source: service.md §3.1.
        """
        model = self.named_model
        if not model.access:
            raise ApiError(404)
        if model.refuses:
            raise ApiError(model.refuses)
        return model

    @property
    def kind(self) -> Kind:
        """The kind of object in the path's collection."""
        return COLLECTIONS[self.part("collection")]

    @property
    def target(self) -> Process | Action:
        """The object in the path."""
        target = self.tenant.target(self.model, self.kind, self.part("object"))
        if target is None:
            raise ApiError(404)
        return target

    @property
    def run(self) -> Run:
        """The task in the path."""
        run = self.tenant.run(self.model, self.kind, self.target.id, self.part("task"))
        if run is None:
            raise ApiError(404)
        return run

    def administer(self) -> Model:
        """Return the model to an administrator; ApiError 404 for everybody else (service.md §8.4)."""
        if not self.user.administers:
            raise ApiError(404)
        return self.model

    def json(self) -> Json:
        """Return the parsed body; ApiError 400 if it is not a JSON object."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            raise ApiError(400, "Malformed request body") from None
        if not isinstance(parsed, dict):
            raise ApiError(400, "Malformed request body")
        return parsed

    def flag(self, name: str) -> bool:
        """Return a switch from the query; anything but `true` counts as false (service.md §3.1)."""
        return self.request.query_params.get(name) == "true"


def page(call: Call, schema: str, key: str, rows: Sequence[Json]) -> Response:
    """Return one page of a list, by `limit` and `offset`; an empty page has no key (service.md §3.3)."""
    request, most = call.request, call.tenant.habits.page_limit
    limit, offset = number(request, "limit", most, least=1), number(request, "offset", 0)
    part = rows[offset : offset + min(limit, most)]
    paging: Json = {"currentPageSize": len(part), "totalSize": len(rows), "offset": offset}
    url = request.url
    after = offset + len(part)
    if "limit" not in request.query_params and offset == 0 and len(part) == len(rows) > 20:
        # seen on the real service: a `next` for 20 rows although everything was returned
        paging["next"] = str(url.include_query_params(limit=20, offset=20))
    elif after < len(rows):
        paging["next"] = str(url.include_query_params(limit=limit, offset=after))
    if offset:
        paging["previous"] = str(url.include_query_params(limit=limit, offset=max(0, offset - limit)))
    return envelope(request, schema, {key: list(part)} if part else {}, paging)
