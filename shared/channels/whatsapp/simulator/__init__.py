"""WhatsApp's wire protocol without WhatsApp, for mock mode, the local run and tests: `simulator.py`, `server.py`."""

from shared.channels.whatsapp.simulator.faults import Fault, FaultKind
from shared.channels.whatsapp.simulator.numbers import SAMPLE_CREDENTIALS
from shared.channels.whatsapp.simulator.pace import PaceLimits
from shared.channels.whatsapp.simulator.sending import SendRules
from shared.channels.whatsapp.simulator.simulator import WhatsAppSimulator

__all__ = ["SAMPLE_CREDENTIALS", "Fault", "FaultKind", "PaceLimits", "SendRules", "WhatsAppSimulator"]
