"""Facts as log lines of one shape each, so that a query can take them apart (infra/azure/monitoring/).

Trouble is a warning or an error, and everything else is information: whoever turns the level up to save money loses no
failure. Nothing is sampled here.
"""

import logging

from shared.domain.message import EventName
from shared.telemetry.contract import STORED, Backlog, CallbackSeen, Fact, MessageStep, RunEnded, SubscriberTold

TROUBLE = frozenset({EventName.FAILED, EventName.UNKNOWN, EventName.REJECTED, EventName.DROPPED})
COMPLETE = "complete"

log = logging.getLogger(__name__)


class Lines:
    """Implements `contract.Telemetry`."""

    def tell(self, fact: Fact) -> None:
        match fact:
            case MessageStep():
                _step(fact)
            case RunEnded():
                _run(fact)
            case Backlog():
                for priority, count in fact.by_priority.items():
                    log.info("backlog kind=%s count=%d", priority, count)
                for priority, count in fact.old.items():
                    log.warning("backlog_old kind=%s count=%d", priority, count)
                log.info("backlog_oldest elapsed_ms=%d", _ms(fact))
            case CallbackSeen(outcome=outcome):
                level = logging.INFO if outcome == STORED else logging.WARNING
                log.log(level, "callback outcome=%s channel=%s", outcome, fact.channel)
            case SubscriberTold():
                pass  # services/publishing/tell.py has a line with more in it


def _step(fact: MessageStep) -> None:
    elapsed_ms = -1 if fact.waited is None else round(fact.waited.total_seconds() * 1000)
    log.log(
        logging.WARNING if fact.step in TROUBLE else logging.INFO,
        "message_step step=%s message=%s clinic=%s channel=%s account=%s kind=%s attempt=%d code=%s run=%s "
        "elapsed_ms=%d",
        fact.step,
        fact.message,
        fact.message.clinic_id,
        fact.channel,
        fact.account,
        fact.kind,
        fact.attempt,
        fact.code,
        fact.run,
        elapsed_ms,
    )


def _run(fact: RunEnded) -> None:
    skipped = sum(count for name, count in fact.counts.items() if name.startswith("skipped."))
    log.log(
        logging.INFO if fact.state == COMPLETE else logging.ERROR,
        "run run=%s clinic=%s state=%s code=%s appointments=%d planned=%d skipped=%d elapsed_ms=%d",
        fact.run,
        fact.clinic,
        fact.state,
        fact.code,
        fact.counts.get("read", 0),
        fact.counts.get("planned", 0),
        skipped,
        round(fact.took.total_seconds() * 1000),
    )


def _ms(fact: Backlog) -> int:
    return round(fact.oldest.total_seconds() * 1000)
