"""One who tells several."""

from shared.telemetry.contract import Fact, Telemetry


class Everybody:
    """Implements `contract.Telemetry`."""

    def __init__(self, *others: Telemetry) -> None:
        self._others = others

    def tell(self, fact: Fact) -> None:
        for one in self._others:
            one.tell(fact)
