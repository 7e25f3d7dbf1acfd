"""Facts as OpenTelemetry measurements, for a deployment that has an SDK installed. Without one nothing is imported.

The app itself brings none: azure-monitor-opentelemetry costs half a second of every cold start, and Azure shows the
same figures from the log lines. Labels are few by nature: no clinic, no id, no code that a provider makes up.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from shared.domain.message import EventName
from shared.telemetry.contract import (
    PLANNED,
    STORED,
    Backlog,
    CallbackSeen,
    Fact,
    MessageStep,
    RunEnded,
    SubscriberTold,
)

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

NAME = "patient_messaging"
RECEIPTS = frozenset({EventName.SENT, EventName.DELIVERED, EventName.READ})
OUTCOMES = frozenset({EventName.ACCEPTED, EventName.REJECTED, EventName.UNKNOWN, EventName.FAILED, EventName.DROPPED})


def collected() -> bool:
    """Whether there is an SDK that could collect measurements."""
    try:
        return find_spec("opentelemetry.sdk") is not None
    except ModuleNotFoundError:  # not even the API
        return False


class Instruments:
    """Implements `contract.Telemetry`. `meter`: another than the process's own."""

    def __init__(self, meter: "Meter | None" = None) -> None:
        if meter is None:
            from opentelemetry import metrics

            meter = metrics.get_meter(NAME)
        self._planned = meter.create_counter("messages.planned", description="Messages that are to be sent")
        self._outcomes = meter.create_counter("messages.outcomes", description="What became of attempts to send")
        self._receipts = meter.create_counter("messages.receipts", description="What providers say of messages")
        self._waited = meter.create_histogram("messages.waited", "s", "From the instant it was to go, to its taking")
        self._backlog = meter.create_gauge("messages.backlog", description="Due and not gone, by priority")
        self._runs = meter.create_counter("runs.ended", description="Planning runs, by state")
        self._callbacks = meter.create_counter("callbacks", description="Callbacks, stored or refused")
        self._told = meter.create_counter("subscribers.told", description="Events told to other systems")

    def tell(self, fact: Fact) -> None:
        match fact:
            case MessageStep():
                self._step(fact)
            case RunEnded(state=state):
                self._runs.add(1, {"state": state})
            case Backlog(by_priority=by_priority):
                for priority, count in by_priority.items():
                    self._backlog.set(count, {"priority": priority})
            case CallbackSeen(channel=channel, outcome=outcome):
                self._callbacks.add(1, {"channel": channel, "stored": outcome == STORED})
            case SubscriberTold(outcome=outcome):
                self._told.add(1, {"outcome": outcome})

    def _step(self, fact: MessageStep) -> None:
        labels = {"channel": fact.channel, "step": fact.step}
        if fact.step == PLANNED:
            self._planned.add(1, {"channel": fact.channel, "kind": fact.kind})
        elif fact.step in OUTCOMES:
            self._outcomes.add(1, labels)
        elif fact.step in RECEIPTS:
            self._receipts.add(1, labels)
        if fact.waited is not None:
            self._waited.record(fact.waited.total_seconds(), {"channel": fact.channel})
