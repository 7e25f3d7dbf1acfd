"""Files fit together: modules get what they ask for, outputs exist, azd fills every parameter, nothing is idle."""

import json
import re
from collections.abc import Iterator, Mapping

import yaml

from infra.azure.bicep import BicepFile
from infra.azure.finding import Finding
from infra.azure.source import AZD, MAIN, PARAMETERS, Files, bicep_files

_OUTPUT = re.compile(r"\b(\w+)!?\.outputs\.(\w+)")
_FILLED = re.compile(r"\$\{(\w+)(?:=([^}]*))?\}")


def wiring(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    for file in parsed.values():
        yield from _modules(file, parsed)
    for path, text in bicep_files(files).items():
        yield from _outputs(parsed[path], parsed, text)
        yield from _idle(parsed[path], text)
    yield from _parameters(parsed[MAIN], json.loads(files[PARAMETERS])["parameters"])
    yield from _azd(parsed, yaml.safe_load(files[AZD]), files)


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


def _parameters(main: BicepFile, given: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    for name in sorted(set(given) ^ set(main.parameters)):
        yield Finding(PARAMETERS, "wiring", f"{name} stands in only one of {PARAMETERS} and {MAIN}")
    for name in sorted(set(given) & set(main.parameters)):
        filled = _FILLED.fullmatch(given[name]["value"])
        default = main.parameters[name].get("default")
        shown = str(default).lower() if isinstance(default, bool) else "" if default is None else str(default)
        if filled is None or (filled[2] or "") != shown:
            yield Finding(PARAMETERS, "wiring", f"{name} is {given[name]['value']}, its default {shown!r}")


def _azd(parsed: Mapping[str, BicepFile], azd: Mapping[str, Mapping[str, str]], files: Files) -> Iterator[Finding]:
    main = f"{azd['infra']['path']}/{azd['infra']['module']}.bicep"
    if main not in parsed:
        yield Finding(AZD, "wiring", f"there is no {main}")
    for service in azd["services"]:
        if f"'azd-service-name': '{service}'" not in "".join(bicep_files(files).values()):
            yield Finding(AZD, "wiring", f"no resource is tagged as the service {service}")
