"""How simulated patients behave, read from `behaviours.json`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to a template message for one openid: see `behaviours.json`."""

    send: int = 0
    receipt: str = "success"
    delay_s: float = 0.0
    copies: int = 1
    early: bool = False


@dataclass(frozen=True, slots=True)
class OlderTemplate:
    """A template from before typed keywords."""

    id: str
    title: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Behaviours:
    follower: re.Pattern[str]
    endings: Mapping[str, Behaviour]
    older_templates: tuple[OlderTemplate, ...]

    def of(self, openid: str) -> Behaviour:
        for ending, behaviour in self.endings.items():
            if openid.endswith(ending):
                return behaviour
        return Behaviour()


@cache
def shipped_behaviours() -> Behaviours:
    document = json.loads(Path(__file__).with_name("behaviours.json").read_text(encoding="utf-8"))
    older = [OlderTemplate(row["id"], row["title"], tuple(row["keys"])) for row in document["older_templates"]]
    endings = {ending: Behaviour(**row) for ending, row in document["endings"].items()}
    return Behaviours(re.compile(document["follower"]), endings, tuple(older))
