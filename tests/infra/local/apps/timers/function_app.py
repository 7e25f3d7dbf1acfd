"""Timers: one that comes every second, one that comes once a year, one that starts with the host."""

import json

import azure.functions as func

app = func.FunctionApp()
RUNS: list[dict[str, object]] = []


def note(timer: func.TimerRequest, by: str) -> None:
    RUNS.append({"by": by, "past_due": timer.past_due, "next": timer.schedule_status.get("Next")})


@app.timer_trigger(schedule="* * * * * *", arg_name="timer", use_monitor=False)
async def every_second(timer: func.TimerRequest) -> None:
    note(timer, "every_second")


@app.timer_trigger(schedule="%YEARLY%", arg_name="timer", use_monitor=True)
async def yearly(timer: func.TimerRequest) -> None:
    note(timer, "yearly")


@app.timer_trigger(schedule="0 0 0 1 1 *", arg_name="timer", run_on_startup=True, use_monitor=False)
async def at_start(timer: func.TimerRequest) -> None:
    note(timer, "at_start")


@app.timer_trigger(schedule="0 0 0 1 1 *", arg_name="timer", use_monitor=False)
@app.queue_output(arg_name="out", queue_name="from-timer", connection="AzureWebJobsStorage")
async def into_queue(timer: func.TimerRequest, out: func.Out[str]) -> None:
    out.set("tick")


@app.timer_trigger(schedule="0 0 0 1 1 *", arg_name="timer", use_monitor=False)
async def broken(timer: func.TimerRequest) -> None:
    raise RuntimeError("unexpected")


@app.route(route="runs", auth_level=func.AuthLevel.ANONYMOUS)
async def runs(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(RUNS))
