"""HTTP triggers of every kind that the host must route, and what each saw of its request."""

import json
from typing import List  # noqa: UP035 - the engine refuses list[str] in func.Out

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


class CodedError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__("Ada Example, 07700 900001")
        self.code = code


def seen(req: func.HttpRequest, by: str) -> func.HttpResponse:
    body = {
        "by": by,
        "method": req.method,
        "url": req.url,
        "route": dict(req.route_params),
        "query": dict(req.params),
        "headers": dict(req.headers),
        "body": req.get_body().hex(),
    }
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


@app.route(route="hooks/{channel}/{account?}", methods=["GET", "POST"])
async def parameter(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req, "parameter")


@app.route(route="hooks/status", methods=["GET"])
async def literal(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req, "literal")


@app.route(route="hooks/{*rest}")
async def catch_all(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req, "catch_all")


@app.route(route="numbers/{id:int}", methods=["GET"])
async def constrained(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req, "constrained")


@app.route(route="numbers/{name}", methods=["GET"])
async def unconstrained(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req, "unconstrained")


@app.route(methods=["GET"])
async def unrouted(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req, "unrouted")


@app.route(route="keyed", auth_level=func.AuthLevel.FUNCTION)
async def keyed(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req, "keyed")


@app.route(route="teapot")
async def teapot(req: func.HttpRequest) -> func.HttpResponse:
    headers = {"X-Made-By": "pot", "Set-Cookie": "cup=full; Path=/; HttpOnly; SameSite=Lax"}
    return func.HttpResponse(bytes(range(256)), status_code=418, headers=headers, mimetype="application/tea")


@app.route(route="sync")
def sync(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"hello {req.params.get('name', '')}")


@app.route(route="broken")
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("unexpected")


@app.route(route="coded")
async def coded(req: func.HttpRequest) -> func.HttpResponse:
    raise CodedError("contact.not_e164")


@app.route(route="context")
async def context(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return func.HttpResponse(f"{context.function_name} {context.trace_context.Traceparent}")


@app.route(route="one", methods=["POST"])
@app.queue_output(arg_name="out", queue_name="%OUT_QUEUE%", connection="AzureWebJobsStorage")
async def write_one(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    out.set(req.get_body().decode())
    return func.HttpResponse(status_code=202)


@app.route(route="many", methods=["POST"])
@app.queue_output(arg_name="out", queue_name="%OUT_QUEUE%", connection="AzureWebJobsStorage")
async def write_many(req: func.HttpRequest, out: func.Out[List[str]]) -> func.HttpResponse:  # noqa: UP006
    out.set([f"{number}" for number in range(int(req.get_body()))])
    return func.HttpResponse(status_code=202)
