"""Every name that a Bicep file uses is declared in it. `pycep` does not look; the compiler would refuse the file."""

import re
from collections.abc import Iterator, Mapping

from infra.azure.bicep import BicepFile
from infra.azure.finding import Finding
from infra.azure.source import Files, bicep_files

WORDS = {
    "param", "var", "resource", "module", "output", "targetScope", "existing", "if", "for", "in",
    "true", "false", "null", "string", "int", "bool", "array", "object",
}  # fmt: skip
_COMMENT = re.compile(r"(?<!:)//[^\n]*")  # not the one in https://
_LONG_TEXT = re.compile(r"'''.*?'''", re.DOTALL)
_INSERTED = re.compile(r"\$\{([^{}]*)\}")
_TEXT = re.compile(r"'(?:[^'\\\n]|\\.)*'")
_DECLARED = re.compile(r"^(?:param|var|resource|module) (\w+)", re.MULTILINE)
_OUTPUT = re.compile(r"^(output) \w+", re.MULTILINE)
_OF_A_LOOP = re.compile(r"\bfor \(?(\w+)(?:, (\w+)\))? in\b|(\w+) =>")
_USED = re.compile(r"(?<![\w.@])([A-Za-z_]\w*)(?!\w)(?! *[:(])")


def declared(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    for path, text in bicep_files(files).items():
        known = WORDS | set(_DECLARED.findall(text)) | {name for names in _OF_A_LOOP.findall(text) for name in names}
        for name in sorted(set(_USED.findall(_code(text))) - known):
            yield Finding(parsed[path].place, "declared", f"{name} is not declared")


def _code(text: str) -> str:
    """The file without comments and texts; what a text inserts (`${…}`) stays."""
    text = _COMMENT.sub("", _LONG_TEXT.sub("", text))
    inserted = "\n".join(_TEXT.sub("", part) for part in _INSERTED.findall(text))
    return _OUTPUT.sub(r"\1", _TEXT.sub("", _INSERTED.sub("", text))) + "\n" + inserted
