"""What telling costs, and what it tells: `dev.py bench watch [--picture docs/operations/workbook.png]`.

A day of three clinics lived through by the simulation, its log lines kept with the simulated time, and the workbook's
queries evaluated over them. Then the processor's time for one message's lines, written as the host gets them.
"""

import argparse
import io
import logging
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from infra.azure.monitoring.charts import charts
from infra.azure.monitoring.kql import Row, run
from infra.azure.monitoring.picture import draw
from shared.domain.identity import MessageId
from shared.telemetry.contract import MessageStep
from shared.telemetry.lines import Lines
from tests.benchmarks.measuring import Stopwatch, show
from tests.simulation.jumping_time import JumpingClock, JumpingLoop, run_jumping
from tests.simulation.logs import read_logs
from tests.simulation.parts import TODAY
from tests.simulation.simulation import Simulation

DAYS, SEED, A_DAY = 4, 4, 8.0
SHOWN = timedelta(days=1)
STEPS = ("planned", "claimed", "accepted", "sent", "delivered", "read")
MESSAGES = 5_000


class KeptLines(logging.Handler):
    """Rows as Azure would have them."""

    def __init__(self, clock: JumpingClock) -> None:
        super().__init__(logging.INFO)
        self.rows: list[Row] = []
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        self.rows.append({"TimeGenerated": self._clock.now(), "Message": record.getMessage()})


def logged_day() -> list[Row]:
    """The last of four days: planning, sending and receipts as they are when all is at work."""
    loop = JumpingLoop()
    simulation = Simulation(loop, DAYS, SEED, A_DAY, TODAY)
    kept, log = KeptLines(simulation.clock), logging.getLogger("shared")
    with read_logs(simulation.told) as logs:
        log.addHandler(kept)
        try:
            run_jumping(loop, simulation.lived_through(logs))
        finally:
            log.removeHandler(kept)
    assert logs.wrong == []
    ended = simulation.clock.began + timedelta(days=DAYS)
    return [row for row in kept.rows if ended - SHOWN <= row["TimeGenerated"] < ended]


def cost_ms() -> tuple[float, float]:
    """CPU milliseconds for the lines of one message, and their bytes."""
    stream, log = io.StringIO(), logging.getLogger("shared.telemetry.lines")
    handler = logging.StreamHandler(stream)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    lines, message = Lines(), MessageId("riverside", date(2026, 11, 27), 1, "a" * 26)
    with Stopwatch() as telling:
        for _ in range(MESSAGES):
            for step in STEPS:
                lines.tell(MessageStep(message, step, "whatsapp", "default", "reminder", 1))
    log.removeHandler(handler)
    return telling.cpu_s * 1000 / MESSAGES, len(stream.getvalue()) / MESSAGES


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench watch")
    parser.add_argument("--picture", type=Path, help="also draw the charts there")
    asked = parser.parse_args(sys.argv[1:])
    rows = logged_day()
    kinds = Counter(row["Message"].partition(" ")[0] for row in rows)
    show("a day of three clinics", [(kind, f"{count} lines") for kind, count in kinds.most_common()])
    show("charts", [(chart.title, f"{len(run(chart.query, rows))} rows") for chart in charts()])
    cpu, size = cost_ms()
    show(
        f"a message's {len(STEPS)} lines",
        [("our CPU", f"{cpu:.3f} ms"), ("text", f"{size:.0f} bytes")],
    )
    if asked.picture:
        draw(charts(), rows, asked.picture)
        print(f"\n{asked.picture}")


if __name__ == "__main__":
    main()
