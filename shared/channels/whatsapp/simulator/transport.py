"""The simulator behind an in-process HTTP transport: the client runs unchanged, nothing leaves the process."""

import asyncio
import json

import httpx

from shared.channels.whatsapp.simulator.graph import Graph
from shared.channels.whatsapp.simulator.graph_answer import GraphAnswer, NoAnswer, Silence

_FAILURES: dict[Silence, type[httpx.TransportError]] = {
    Silence.REFUSED: httpx.ConnectError,
    Silence.RESET: httpx.ReadError,
    Silence.TIMEOUT: httpx.ReadTimeout,
}


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Mock mode. A time-out comes at once instead of after its seconds."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        await asyncio.sleep(0)  # as a network would, let others run
        try:
            answer = await self._graph.answer(
                request.method,
                request.url.path,
                request.headers.get("authorization", ""),
                dict(request.url.params),
                body,
            )
        except NoAnswer as silent:
            raise _FAILURES[silent.silence]("simulated", request=request) from None
        return httpx.Response(answer.status, headers=headers_of(answer), content=content_of(answer), request=request)


def content_of(answer: GraphAnswer) -> bytes:
    return answer.body.encode() if isinstance(answer.body, str) else json.dumps(answer.body).encode()


def headers_of(answer: GraphAnswer) -> dict[str, str]:
    return {"Content-Type": "application/json; charset=UTF-8", **answer.headers}
