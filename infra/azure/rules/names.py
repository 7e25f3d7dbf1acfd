"""Names stay within their limits, whatever the environment is called."""

import re
from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile
from infra.azure.finding import Finding
from infra.azure.source import MAIN, Files

# Module of main.bicep -> longest name. The host leases timers under the first 32 characters of the app's name.
LIMITS = {"app": 32, "hostStorage": 24, "patientStorage": 24, "vault": 24}
# What a name may be made of, where it may not be anything.
LETTERS = {
    "app": r"[a-z][a-z0-9-]*[a-z0-9]",
    "hostStorage": r"[a-z0-9]{3,}",
    "patientStorage": r"[a-z0-9]{3,}",
    "vault": r"[a-z][a-z0-9-]*[a-z0-9]",
}
UNIQUE = 13  # what uniqueString returns
UNLIMITED = 1_000
_PART = re.compile(r"\$\{([^}]*)\}")
_TAKE = re.compile(r"take\(.*,\s*(\d+)\)")


def names(parsed: Mapping[str, BicepFile], _files: Files) -> Iterator[Finding]:
    main = parsed[MAIN]
    for module in main.modules:
        limit = LIMITS.get(module.symbol)
        if limit is not None and (length := longest(main, module.params.get("name"))) > limit:
            yield Finding(MAIN, "names", f"{module.symbol}: a name may have {limit} characters, this one {length}")
        letters = LETTERS.get(module.symbol)
        if letters and not re.fullmatch(letters, _tried(main, module.params.get("name"))):
            yield Finding(MAIN, "names", f"{module.symbol}: a name may only be {letters}")
    given = [_tried(main, module.params.get("name")) for module in main.modules if module.symbol in LIMITS]
    if len(set(given)) != len(given):
        yield Finding(MAIN, "names", "two resources have one name")
    for missing in sorted(LIMITS.keys() - {module.symbol for module in main.modules}):
        yield Finding(MAIN, "names", f"there is no module {missing}")


def longest(file: BicepFile, given: object) -> int:
    """How long a text can become; a part of unknown length counts as unlimited."""
    text = file.value(given)
    if isinstance(text, Mapping):
        return UNIQUE if "unique_string" in str(text) else UNLIMITED
    if not isinstance(text, str) or text in file.parameters:
        return UNLIMITED
    parts = _PART.findall(text)
    return len(_PART.sub("", text)) + sum(_part(file, part) for part in parts)


def _part(file: BicepFile, part: str) -> int:
    taken = _TAKE.fullmatch(part.strip())
    if taken:
        return int(taken[1])
    return longest(file, part.strip()) if part.strip() in file.variables else UNLIMITED


def _tried(file: BicepFile, given: object) -> str:
    """The text with something in each place that is filled; what a person chose may hold any character."""
    text = str(file.value(given))
    return _PART.sub(lambda part: "x" * UNIQUE if "unique_string" in str(file.value(part[1])) else "(?)", text)
