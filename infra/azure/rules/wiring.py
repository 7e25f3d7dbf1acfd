"""Files fit together: modules get what they ask for, outputs exist, nothing is idle."""

import re
from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile, Module
from infra.azure.finding import Finding
from infra.azure.source import Files, bicep_files

_OUTPUT = re.compile(r"\b(\w+)!?\.outputs\.(\w+)")


def wiring(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    for file in parsed.values():
        yield from _modules(file, parsed)
    for path, text in bicep_files(files).items():
        yield from _outputs(parsed[path], parsed, text)
        yield from _idle(parsed[path], text)


def _modules(file: BicepFile, parsed: Mapping[str, BicepFile]) -> Iterator[Finding]:
    for module in file.modules:
        target = parsed.get(module.path)
        if target is None:
            yield Finding(file.place, "wiring", f"{module.symbol}: there is no {module.path}")
            continue
        needed = {name for name, one in target.parameters.items() if one.get("default") is None}
        for name in sorted(set(module.params) - set(target.parameters)):
            yield Finding(file.place, "wiring", f"{module.symbol}: {module.path} has no parameter {name}")
        for name in sorted(needed - set(module.params)):
            yield Finding(file.place, "wiring", f"{module.symbol}: the parameter {name} is not given")
        yield from _words(file, module, target)


def _words(file: BicepFile, module: Module, target: BicepFile) -> Iterator[Finding]:
    for name, value in module.params.items():
        decorators = target.parameters.get(name, {}).get("decorators", ())
        allowed = next((one["argument"] for one in decorators if one["type"] == "allowed"), None)
        known = isinstance(value, str) and value not in {*file.parameters, *file.variables} and "${" not in value
        if allowed and known and value not in allowed:
            yield Finding(file.place, "wiring", f"{module.symbol}: {name} is {value}, none of {', '.join(allowed)}")


def _outputs(file: BicepFile, parsed: Mapping[str, BicepFile], text: str) -> Iterator[Finding]:
    targets = {module.symbol: parsed.get(module.path) for module in file.modules}
    for symbol, output in sorted(set(_OUTPUT.findall(text))):
        target = targets.get(symbol)
        if target is None or output not in target.outputs:
            yield Finding(file.place, "wiring", f"there is no {symbol}.outputs.{output}")


def _idle(file: BicepFile, text: str) -> Iterator[Finding]:
    for name in (*file.parameters, *file.variables):
        if len(re.findall(rf"\b{name}\b", text)) < 2:
            yield Finding(file.place, "wiring", f"{name} is declared and not used")
