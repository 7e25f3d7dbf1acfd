"""What a person sees at the end: one table, the failures that are meant, what is not as it should be, where to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from infra.local.run.simulators import Simulators
from infra.local.run.story import Line, Story, Told
from infra.local.run.verdict import Standing
from infra.local.sample.case import End
from infra.local.sample.riverside import RIVERSIDE
from shared.wording import Wording

LEAST_WIDTH = 118
MOST_SHOWN = 20


def console() -> Console:
    """At least as wide as the table, also where the output is no terminal."""
    found = Console(highlight=False)
    return found if found.width >= LEAST_WIDTH else Console(highlight=False, width=LEAST_WIDTH)


def show_table(to: Console, lines: Sequence[Line]) -> None:
    """A column for each clinic; below the numbers why appointments got no message, and what waits for a person."""
    table = Table(title="Today's reminder job", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), expand=True)
    table.add_column("", no_wrap=True, min_width=30)
    for line in lines:
        table.add_column(line.clinic_id, justify="right", no_wrap=True, min_width=len(line.clinic_id))
    table.add_column("", no_wrap=True, overflow="ellipsis", ratio=1)
    for name, number, meaning in _NUMBERS:
        table.add_row(name, *(number(line) for line in lines), meaning)
    for title, of, explained in _COUNTED:
        table.add_section()
        for reason in sorted({reason for line in lines for reason in of(line)}):
            counts = (str(of(line)[reason]) if reason in of(line) else "·" for line in lines)
            table.add_row(f"{title}: {reason}", *counts, explained(reason))
    to.print(table)


def _opened(line: Line) -> str:
    return str(line.read_by_patient) if line.read_by_patient or line.last_receipt is End.READ else "–"


_NUMBERS: Sequence[tuple[str, Callable[[Line], str], str]] = (
    ("appointments read", lambda line: str(line.read), "today and the seven days after it"),
    ("messages planned", lambda line: str(line.planned), "of both steps, 7 and 2 days before"),
    ("  still to come", lambda line: str(line.to_come), "their day has not come"),
    ("  under way", lambda line: str(line.under_way), "without an end yet"),
    ("  sent", lambda line: str(line.sent), "taken by WhatsApp or WeChat"),
    ("    delivered", lambda line: str(line.delivered), "the last that WeChat can say"),
    ("    read", _opened, ""),
    ("  failed", lambda line: str(line.failed), "explained below"),
    ("    arrived otherwise", lambda line: str(line.arrived_otherwise), "by the clinic's next channel"),
    ("  withdrawn", lambda line: str(line.withdrawn), "moved, expired or gone before they were sent"),
)


def _bad_rows(line: Line) -> Mapping[str, int]:
    return line.bad_rows


def _skipped(line: Line) -> Mapping[str, int]:
    return line.skipped


def _row_meaning(_: str) -> str:
    return "a row that cannot be read, reported by its line"


def _reason_meaning(reason: str) -> str:
    return Wording.load().explain("skip_reason", reason, "en").meaning


def _open_work(line: Line) -> Mapping[str, int]:
    return line.worklist


def _work_meaning(kind: str) -> str:
    return Wording.load().explain("work", kind, "en").meaning


_COUNTED: Sequence[tuple[str, Callable[[Line], Mapping[str, int]], Callable[[str], str]]] = (
    ("bad row", _bad_rows, _row_meaning),
    ("skipped", _skipped, _reason_meaning),
    ("worklist", _open_work, _work_meaning),
)


def show_failures(to: Console, failures: Sequence[Told]) -> None:
    """The failures that the sample means, each case once."""
    cases: dict[tuple[str, str], list[Told]] = {}
    for one in failures:
        cases.setdefault((one.clinic_id, one.booking.case.name), []).append(one)
    if cases:
        to.print("\n[bold]Failed, as the sample means it[/bold]")
    for (clinic_id, _), found in sorted(cases.items()):
        ids = ", ".join(sorted({one.booking.id for one in found}))
        to.print(f"  {clinic_id}  {ids}\n    {found[0].booking.case.why}", soft_wrap=True)


def show_received(to: Console, simulators: Simulators) -> None:
    received = simulators.received()
    again = sum(count > 1 for count in received.values())
    to.print(f"\nReached a phone in this run: {received.total()} messages, {again} of them more than once.")


_IF_INTERRUPTED = (
    "  If an earlier run was interrupted while it sent: the simulators forget the receipts that they had yet to post. "
    "`--fresh` starts with empty tables."
)


def show_exceptions(to: Console, exceptions: Sequence[str]) -> None:
    to.print("\n[bold]Not as it should be[/bold]")
    for line in exceptions[:MOST_SHOWN]:
        to.print(f"  {line}", soft_wrap=True, markup=False)
    if len(exceptions) > MOST_SHOWN:
        to.print(f"  … and {len(exceptions) - MOST_SHOWN} more")
    to.print(_IF_INTERRUPTED, soft_wrap=True)


def exceptions(story: Story, simulators: Simulators) -> Sequence[str]:
    """Everything that makes the run a failure, one line each; empty: all is well."""
    unfinished = story.standing(Standing.UNDER_WAY)
    wrong = [_exception(one) for one in (*story.standing(Standing.UNEXPECTED), *unfinished)]
    twice = [f"a message reached its patient {n} times" for n in simulators.received().values() if n > 1]
    return [*wrong, *story.without_decision(), *story.without_item(), *story.wrong_rows(), *twice]


def _exception(one: Told) -> str:
    expected, why = one.booking.case.ending, one.booking.case.why
    return f"{one.booking.id} {one.step.decision.step}: {one.verdict.found}, expected {expected}. {why}"


def show_where_to_look(to: Console, host_url: str, key: str, story: Story, simulators: Simulators) -> None:
    to.print("\n[bold]Where to look next[/bold]")
    for title, address in where_to_look(host_url, story, simulators).items():
        header = f'-H "x-api-key: {key}" ' if address.startswith(host_url) else ""
        to.print(f'  {title}\n    curl {header}"{address}"', soft_wrap=True, markup=False)


def where_to_look(host_url: str, story: Story, simulators: Simulators) -> Mapping[str, str]:
    """Addresses to open, by what they show."""
    api, clinic = f"{host_url}/api/any/v1", f"clinicId={RIVERSIDE.id}"
    found = {
        "appointments, each with its decision": f"{api}/appointments?{clinic}&top=20",
        "messages that were sent": f"{api}/messages?view=sent&{clinic}&top=20",
        "messages that are still to be sent": f"{api}/messages?view=scheduled&{clinic}&top=20",
        "what waits for a person": f"{api}/worklist?{clinic}&top=20",
        "whether the provider accounts work": f"{api}/diagnostics/testconnection",
    }
    if message_id := story.one_message():
        found["one message with its story"] = f"{api}/messages/{message_id}"
    found["what patients received on WhatsApp"] = f"{simulators.whatsapp_url}/_simulator/ledger"
    found["what patients received on WeChat"] = f"{simulators.wechat_url}/_simulator/ledger"
    found["an appointment in the FHIR server"] = f"{simulators.fhir_url}/Appointment?_count=3"
    return found
