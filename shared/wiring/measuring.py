"""Who is told what happens, and the wrappers that tell."""

from dataclasses import replace

from shared.services.measuring.rows import MeasuredDue, MeasuredMessages, MeasuredPlans, MeasuredRuns
from shared.storage.contract import Storage
from shared.telemetry.contract import Telemetry
from shared.telemetry.everybody import Everybody
from shared.telemetry.lines import Lines


def telling() -> Telemetry:
    """The log; and OpenTelemetry where a deployment has an SDK installed."""
    from shared.telemetry.instruments import Instruments, collected

    return Everybody(Lines(), Instruments()) if collected() else Lines()


def measured[S: Storage](storage: S, telemetry: Telemetry) -> S:
    """The same storage, which tells what is planned, how runs end and what waits."""
    return replace(
        storage,
        messages=MeasuredMessages(storage.messages, telemetry),
        plans=MeasuredPlans(storage.plans, telemetry),
        runs=MeasuredRuns(storage.runs, telemetry),
        due=MeasuredDue(storage.due, telemetry),
    )
