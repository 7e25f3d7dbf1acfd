"""An independent client on the simulator: pywa sends through it and reads its callbacks."""

# mypy: ignore-errors
# pywa re-exports with stars and builds its decorators at run time: its annotations do not hold.

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from pywa import WhatsApp
from pywa.errors import TemplateNotExists
from pywa.types import CallbackButton, Message, MessageStatus
from pywa.types.templates import BodyText, QuickReplyButton, TemplateLanguage

from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from tests.channels.whatsapp.conftest import PATIENT, VALUES, CallbackAddress, RealServer, outbound


class ToSimulator(httpx.HTTPTransport):
    """pywa knows one address only, Meta's; this takes its calls to the simulator."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme=self._url.scheme, host=self._url.host, port=self._url.port)
        return super().handle_request(request)


@pytest.fixture
def pywa(server: RealServer) -> Iterator[WhatsApp]:
    with httpx.Client(transport=ToSimulator(server.url)) as http:
        yield WhatsApp(
            phone_id=SAMPLE_CREDENTIALS.phone_number_id,
            token=SAMPLE_CREDENTIALS.access_token,
            session=http,
            server=None,
            verify_token="v",
            app_secret=SAMPLE_CREDENTIALS.app_secrets[0],
            api_version=25.0,
        )


async def test_pywa_sends_a_text(server: RealServer, pywa: WhatsApp) -> None:
    await server.simulator.patients.write(PATIENT, "hello")
    sent = await asyncio.to_thread(pywa.send_message, to=PATIENT, text="Good morning", tracker="theirs")
    [entry] = server.simulator.ledger.of(PATIENT)
    assert (entry.text, entry.reference, entry.provider_id) == ("Good morning", "theirs", sent.id)


async def test_pywa_sends_a_template(server: RealServer, pywa: WhatsApp) -> None:
    sent = await asyncio.to_thread(
        pywa.send_template,
        to=PATIENT,
        name="appointment_reminder",
        language=TemplateLanguage.ENGLISH_UK,
        params=[
            BodyText.params(*VALUES_IN_ORDER),
            *(QuickReplyButton.params(index=i, callback_data=f"{i + 1}:theirs") for i in range(3)),
        ],
    )
    [entry] = server.simulator.ledger.of(PATIENT)
    assert entry.provider_id == sent.id
    assert "Alex Example" in entry.text
    assert [payload for _, payload in entry.buttons] == ["1:theirs", "2:theirs", "3:theirs"]


async def test_pywa_reads_the_simulators_refusals(pywa: WhatsApp) -> None:
    with pytest.raises(TemplateNotExists):
        await asyncio.to_thread(
            pywa.send_template, to=PATIENT, name="unknown", language=TemplateLanguage.ENGLISH_UK, params=[]
        )


async def test_pywa_reads_the_simulators_callbacks(
    server: RealServer, pywa: WhatsApp, address: CallbackAddress
) -> None:
    read: list[object] = []
    pywa.on_message(lambda _, update: read.append(update))
    pywa.on_message_status(lambda _, update: read.append(update))
    pywa.on_callback_button(lambda _, update: read.append(update))
    await server.channel.send(outbound(reference="ours"))
    await server.simulator.settled()
    await server.simulator.patients.press(PATIENT, "3")
    await server.simulator.patients.write(PATIENT, "Thank you")
    for body, headers in zip(address.bodies, address.headers, strict=True):
        assert pywa.webhook_update_validator(body, headers["x-hub-signature-256"]) is None
        pywa.webhook_update_handler(body)
    assert [type(update) for update in read] == [MessageStatus] * 3 + [CallbackButton, Message]
    assert [update.status.value for update in read[:3]] == ["sent", "delivered", "read"]
    assert [update.tracker for update in read[:3]] == ["ours"] * 3
    assert read[3].data == "3:ours"
    assert read[4].text == "Thank you"


VALUES_IN_ORDER = list(VALUES.values())
