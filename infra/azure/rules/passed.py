"""What is handed from file to file arrives under its own name: `hostStorageName` is `hostStorage.outputs.name`."""

import re
from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile, Module
from infra.azure.expression import written
from infra.azure.finding import Finding
from infra.azure.source import BICEP, MAIN, Files, bicep_files

ENDS = ("endpoint", "principalid", "clientid", "name", "uri", "id")  # of names; the longest comes first
_GIVEN = re.compile(r"\b(\w+)\.outputs\.(\w+)\b")


def passed(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    main = parsed[MAIN]
    outputs = {f"{m.symbol}{name}".casefold(): m.symbol for m in main.modules for name in _outputs(parsed, m)}
    for module in main.modules:
        yield from _params(main, module, outputs)
    for name, output in main.outputs.items():
        yield from _named(f"output {name}", name.replace("_", ""), written(output["value"]), outputs)
    led_to = {module.path for file in parsed.values() for module in file.modules}
    for path in sorted(bicep_files(files).keys() - led_to - {MAIN}):
        yield Finding(path, "passed", f"no file of {BICEP} leads to it")


def _outputs(parsed: Mapping[str, BicepFile], module: Module) -> Iterator[str]:
    yield from parsed[module.path].outputs if module.path in parsed else ()


def _params(main: BicepFile, module: Module, outputs: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in module.params.items():
        text = written(value)
        yield from _named(f"{module.symbol}.{name}", name, text, outputs)
        if name in main.parameters and not re.search(rf"\b{name}\b", text):
            yield Finding(MAIN, "passed", f"{module.symbol}.{name} is {text}, not the parameter {name}")


def _named(what: str, name: str, text: str, outputs: Mapping[str, str]) -> Iterator[Finding]:
    """A module's output fits a name that ends like it, and that is no other module's."""
    name = name.casefold()
    end = next((one for one in ENDS if name.endswith(one)), "")
    for symbol, output in _GIVEN.findall(text):
        given = output.casefold()
        alike = name.endswith((given, symbol.casefold())) or given.endswith(name)
        if not alike or not given.endswith(end) or outputs.get(name, symbol) != symbol:
            yield Finding(MAIN, "passed", f"{what} is {symbol}.outputs.{output}")
