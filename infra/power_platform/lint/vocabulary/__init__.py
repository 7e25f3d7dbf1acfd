"""The lists that rules read: what changes with the world and not with the code.

Categories, title, description and icon: certification-submission.md. Headings: the readme templates of
microsoft/PowerPlatformConnectors. Policy templates: its paconn-apiProperties.schema.json, and what further ones its
connectors use. Numbers for drama: Ofcom and NANPA. Proper nouns, hosts and patterns of secrets are our own.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@cache
def _read(name: str) -> Any:
    return json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))


def categories() -> tuple[str, ...]:
    return tuple(_read("categories"))


def limit(name: str) -> int:
    """Microsoft's, but for `schemaDepth`: that there is one is published, its number is not."""
    return int(_read("limits")[name])


def product_names() -> tuple[str, ...]:
    return tuple(_read("restricted_words")["products"])


def words_not_in_a_title() -> tuple[str, ...]:
    return tuple(_read("restricted_words")["title"])


def policy_templates() -> Mapping[str, Mapping[str, Any]]:
    """By id in small letters, since the platform compares them so: parameters that must, and that may, be given."""
    return dict(_read("policy_templates"))


def readme_headings() -> Mapping[str, list[str]]:
    """`always`, and further ones by kind of publisher."""
    return dict(_read("readme_headings"))


def proper_nouns() -> frozenset[str]:
    return frozenset(_read("casing")["properNouns"])


def small_words() -> frozenset[str]:
    """Words that keep their small letter in a title."""
    return frozenset(_read("casing")["smallWords"])


def icon_rules() -> Mapping[str, Any]:
    return dict(_read("icon"))


def hosts_not_for_production() -> frozenset[str]:
    return frozenset(_read("hosts_not_for_production"))


def sample_patterns() -> Mapping[str, list[dict[str, str]]]:
    return dict(_read("samples"))
