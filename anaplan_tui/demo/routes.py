"""The HTTP surface: the token service, OAuth, and the integration API, all under one base URL."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from anaplan_tui.demo.answers import ApiError, error
from anaplan_tui.demo.calls import Call
from anaplan_tui.demo.model import COLLECTIONS, Json
from anaplan_tui.demo.routes_catalog import CATALOG_CALLS, ROOT_CALLS, UNLOADED_CALLS
from anaplan_tui.demo.routes_files import FILE_CALLS
from anaplan_tui.demo.routes_tasks import TASK_CALLS
from anaplan_tui.demo.tenant import Tenant
from anaplan_tui.demo.tokens import Refused, Token

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Call], Response]

_LOOK = 0.05
"""Seconds between two checks of a clock that a test may move ahead."""

_MODEL_FORMS = ("/2/0/models/{model}", "/2/0/workspaces/{workspace}/models/{model}")
"""Every path below a model exists with and without its workspace (service.md §1.5)."""


class _Collection(StringConvertor):
    """The path segment that names the kind of the object after it."""

    regex = "|".join(COLLECTIONS)


register_url_convertor("collection", _Collection())


def app_for(tenant: Tenant) -> Starlette:
    """Return the whole HTTP application of one tenant."""
    routes = _token_routes(tenant) + _oauth_routes(tenant)
    routes += [
        Route(f"/2/0{path}", _guarded(tenant, call), methods=[method]) for method, path, call in ROOT_CALLS
    ]
    for prefix in _MODEL_FORMS:
        routes += [
            Route(prefix + path, _guarded(tenant, call), methods=[method])
            for method, path, call in (*CATALOG_CALLS, *TASK_CALLS, *FILE_CALLS)
        ]

    async def refused(request: Request, exc: Exception) -> Response:
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        wording = ApiError(status).message
        return error(request, status, wording, tenant.clock.now())

    app = Starlette(routes=routes, exception_handlers={HTTPException: refused})
    app.router.redirect_slashes = False
    return app


def _guarded(tenant: Tenant, handler: Handler) -> Endpoint:
    """Return the endpoint of a handler: authenticates, loads the model, turns ApiError into an answer."""

    async def endpoint(request: Request) -> Response:
        user = tenant.tokens.user_of(request.headers.get("authorization", ""))
        now = tenant.clock.now()
        if user is None:
            return error(request, 401, "Unauthorized", now)
        try:
            call = Call(tenant, user, request, await request.body())
            if handler not in UNLOADED_CALLS and "model" in request.path_params:
                await _loaded(call)
            return handler(call)
        except ApiError as refusal:
            return error(request, refusal.status, refusal.message, now)

    return endpoint


async def _loaded(call: Call) -> None:
    """Wait while the model in the path loads, as the service does; the request itself triggers loading.

    Source: service.md §9.2.
    """
    model = call.tenant.model(call.part("model"))
    if model is None or not model.access or model.refuses:
        return
    # a test may move the clock from its own thread, and no event announces it
    while (left := call.tenant.use(model)) > 0:  # noqa: ASYNC110
        await asyncio.sleep(min(left / call.tenant.clock.speed, _LOOK) if call.tenant.clock.speed else _LOOK)


def _token_routes(tenant: Tenant) -> list[Route]:
    tokens = tenant.tokens

    def welcome(token: Token, words: str, status: int) -> Response:
        body = _success(words) | {"tokenInfo": tokens.document(token)}
        return JSONResponse(body, status_code=status)

    async def authenticate(request: Request) -> Response:
        token = tokens.authenticate(_authorization(request), _form(request, await request.body()))
        return welcome(token, "Login successful", 201)

    async def refresh(request: Request) -> Response:
        return welcome(tokens.refresh(_authorization(request)), "Token refreshed", 200)

    async def validate(request: Request) -> Response:
        token = tokens.validate(_authorization(request))
        return JSONResponse(
            _success("Token validated")
            | {
                "tokenInfo": {"expiresAt": int(token.expires * 1000), "tokenId": token.id},
                "userInfo": {
                    "userGuid": token.user.guid,
                    "userId": token.user.email,
                    "customerGuid": tenant.company.customer,
                },
            }
        )

    async def logout(request: Request) -> Response:
        tokens.logout(_authorization(request))
        return Response(status_code=204)

    def wording(endpoint: Endpoint) -> Endpoint:
        async def worded(request: Request) -> Response:
            try:
                return await endpoint(request)
            except Refused as refusal:
                return JSONResponse(refusal.body, status_code=refusal.status)

        return worded

    return [
        Route("/token/authenticate", wording(authenticate), methods=["POST"]),
        Route("/token/refresh", wording(refresh), methods=["POST"]),
        Route("/token/validate", wording(validate), methods=["GET"]),
        Route("/token/logout", wording(logout), methods=["POST"]),
    ]


def _oauth_routes(tenant: Tenant) -> list[Route]:
    async def device(request: Request) -> Response:
        form = _form(request, await request.body())
        if not form.get("client_id"):
            return JSONResponse(
                {"error": "invalid_request", "error_description": "client_id is missing"}, status_code=400
            )
        return JSONResponse(tenant.devices.start(str(request.base_url).rstrip("/")))

    async def token(request: Request) -> Response:
        status, body = tenant.devices.exchange(_form(request, await request.body()))
        return JSONResponse(body, status_code=status)

    return [
        Route("/oauth/device/code", device, methods=["POST"]),
        Route("/oauth/token", token, methods=["POST"]),
    ]


def _success(words: str) -> Json:
    return {
        "meta": {"validationUrl": "https://auth.anaplan.com/token/validate"},
        "status": "SUCCESS",
        "statusMessage": words,
    }


def _authorization(request: Request) -> str:
    return request.headers.get("authorization", "")


def _form(request: Request, body: bytes) -> Json:
    """Parse a body as JSON or as a form; clients send both (service.md §2.5)."""
    if "form" in request.headers.get("content-type", ""):
        return dict(parse_qsl(body.decode("latin-1")))
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
