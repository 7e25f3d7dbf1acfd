"""Facts become OpenTelemetry measurements, read back by OpenTelemetry's own SDK."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from infra.local.tools import ROOT
from shared.domain.identity import MessageId
from shared.telemetry.contract import Backlog, CallbackSeen, Fact, MessageStep, RunEnded, SubscriberTold
from shared.telemetry.instruments import Instruments

MESSAGE = MessageId("riverside", date(2026, 11, 27), 1, "a" * 26)


def measured(*facts: Fact) -> Mapping[str, Mapping[str, float]]:
    """By instrument: labels in words -> value; of a histogram its sum."""
    reader = InMemoryMetricReader()
    instruments = Instruments(MeterProvider([reader]).get_meter("test"))
    for fact in facts:
        instruments.tell(fact)
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: {
            " ".join(f"{value}" for _, value in sorted((point.attributes or {}).items())): getattr(
                point, "value", getattr(point, "sum", 0)
            )
            for point in metric.data.data_points
        }
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_a_messages_way_is_counted_by_channel_and_outcome() -> None:
    found = measured(
        MessageStep(MESSAGE, "planned", "whatsapp", kind="reminder"),
        MessageStep(MESSAGE, "claimed", "whatsapp"),
        MessageStep(MESSAGE, "accepted", "whatsapp", waited=timedelta(seconds=3)),
        MessageStep(MESSAGE, "delivered", "whatsapp"),
        MessageStep(MESSAGE, "unknown", "wechat"),
    )
    assert found["messages.planned"] == {"whatsapp reminder": 1}
    assert found["messages.outcomes"] == {"whatsapp accepted": 1, "wechat unknown": 1}
    assert found["messages.receipts"] == {"whatsapp delivered": 1}
    assert found["messages.waited"] == {"whatsapp": 3.0}


@pytest.mark.parametrize(
    ("fact", "name", "value"),
    [
        (Backlog({"today": 4, "later": 9}, timedelta(seconds=2)), "messages.backlog", {"today": 4, "later": 9}),
        (RunEnded("r", "riverside", "failed", "internal", timedelta(1)), "runs.ended", {"failed": 1}),
        (CallbackSeen("wechat", "callback_refused"), "callbacks", {"wechat False": 1}),
        (SubscriberTold("410"), "subscribers.told", {"410": 1}),
    ],
)
def test_everything_else_is_counted(fact: Fact, name: str, value: Mapping[str, float]) -> None:
    assert measured(fact)[name] == value


def test_a_label_names_no_message_and_no_clinic() -> None:
    """Labels multiply series, and stay with whoever collects them."""
    facts = [
        MessageStep(MESSAGE, step, "whatsapp", "default", "reminder", 1, "131026", "run")
        for step in ("planned", "failed", "read")
    ]
    labels = " ".join(label for series in measured(*facts).values() for label in series)
    assert not {MESSAGE.clinic_id, MESSAGE.digest, "131026", "run"} & set(labels.split())


def test_importing_the_app_does_not_import_opentelemetry() -> None:
    """It costs 45 ms of every cold start, and most deployments do not need it."""
    code = "import sys, function_app; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert ast.literal_eval(said) == []
