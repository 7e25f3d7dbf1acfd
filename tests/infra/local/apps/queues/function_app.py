"""Queue triggers that succeed, fail, wait, and pass messages on."""

import asyncio
import json
from typing import List  # noqa: UP035 - the engine refuses list[str] in func.Out

import azure.functions as func

app = func.FunctionApp()
SEEN: list[dict[str, object]] = []
RUNNING: list[int] = [0, 0]
DURATIONS_S = {"busy": 0.05, "slow": 1.5, "very slow": 3.0}


def note(message: func.QueueMessage, by: str) -> None:
    SEEN.append(
        {
            "by": by,
            "body": message.get_body().decode(errors="replace"),
            "id": message.id,
            "dequeue_count": message.dequeue_count,
            "inserted": message.insertion_time is not None,
            "receipt": bool(message.pop_receipt),
        }
    )


@app.queue_trigger(arg_name="message", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    note(message, "work")
    body = message.get_body().decode(errors="replace")
    if body == "fail":
        raise RuntimeError("asked to fail")
    if body == "fail once" and message.dequeue_count == 1:
        raise RuntimeError("asked to fail once")
    RUNNING[0] += 1
    RUNNING[1] = max(RUNNING)
    await asyncio.sleep(DURATIONS_S.get(body, 0))
    RUNNING[0] -= 1


@app.queue_trigger(arg_name="message", queue_name="plan", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="out", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
async def plan(message: func.QueueMessage, out: func.Out[List[str]]) -> None:  # noqa: UP006
    out.set([f"item {number}" for number in range(int(message.get_body()))])


@app.queue_trigger(arg_name="message", queue_name="%WORK_QUEUE%-poison", connection="AzureWebJobsStorage")
async def buried(message: func.QueueMessage) -> None:
    note(message, "buried")
    if message.get_body() == b"bury me once" and message.dequeue_count == 1:
        raise RuntimeError("asked to fail once")


@app.route(route="seen", auth_level=func.AuthLevel.ANONYMOUS)
async def seen(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({"seen": SEEN, "most_at_once": RUNNING[1]}))


@app.route(route="add", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@app.queue_output(arg_name="out", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
async def add(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    out.set(req.get_body().decode())
    return func.HttpResponse(status_code=202)
