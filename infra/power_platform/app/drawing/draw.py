"""`python3 -m infra.power_platform.app.drawing.draw FOLDER`: every screen of the app as a page, in both languages."""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.power_platform.app.constants import Colour
from infra.power_platform.app.drawing.evaluate import Values
from infra.power_platform.app.reading import Reading, read
from infra.power_platform.app.source import Control, read_files

SAMPLE = Path(__file__).resolve().parent / "sample.json"
WIDTH = 900
_PAGE = (
    "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>{title}</title><style>"
    "*{{box-sizing:border-box;font-family:'Open Sans','Noto Sans CJK SC',sans-serif}}body{{margin:0;width:{width}px}}"
    ".c{{display:flex;min-width:0}}"
    ".l{{white-space:pre-wrap;overflow-wrap:anywhere;padding-top:5px;padding-bottom:5px}}.row{{overflow:hidden}}"
    ".row>.c{{height:100%}}select,input,button{{min-height:44px}}input[type=checkbox]{{min-height:0}}</style>{body}"
)
_CHOSEN = "Selected"


def draw(reading: Reading, screen: str, values: Values) -> str:
    """Rows of galleries are as high as Power Apps makes them: what does not fit is cut off here as well."""
    body = "".join(_Sketch(reading).control(one, values) for one in reading.app.screens[screen].children)
    return _PAGE.format(title=screen, width=f"{values.names['App']['Width']:g}", body=body)


def sample_values(reading: Reading, screen: str, language: str, width: int = WIDTH) -> Values:
    """Made-up people and answers, and what every app has."""
    sample: Mapping[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    names: dict[str, Any] = {**sample["everywhere"], **sample["screens"].get(screen, {}), "varLanguage": language}
    names["App"] = {"Width": float(width)}
    values = Values(reading.formulas.definitions, names)
    for control in reading.app.controls():  # drop-downs show their first item until somebody chooses
        if control.type == "Classic/DropDown" and control.name not in names:
            rows = values.of(reading.of(control).get("Items")) or [{}]
            names[control.name] = {_CHOSEN: rows[0]}
    return values


class _Sketch:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def control(self, control: Control, values: Values) -> str:
        own = self._reading.of(control)
        if "Visible" in own and not values.of(own["Visible"]):
            return ""
        said = {name: values.of(tree) for name, tree in own.items() if not name.startswith("On") and "." not in name}
        return "".join(self._parts(control, said, values))

    def _parts(self, control: Control, said: Mapping[str, Any], values: Values) -> Iterator[str]:
        match control.type:
            case "GroupContainer":
                yield f"<div class=c style='{_container(said)}'>"
                yield from (self.control(child, values) for child in control.children)
                yield "</div>"
            case "Gallery":
                yield f"<div style='{_box(said)}'>"
                for row in said["Items"] or ():
                    inner = values.having({"ThisItem": row, "Parent": {}})
                    yield f"<div class=row id='{control.name}' style='height:{said['TemplateSize']:g}px'>"
                    yield from (self.control(child, inner) for child in control.children)
                    yield "</div>"
                yield "</div>"
            case "CanvasComponent":
                inside = values.having({control.component: said, "Parent": {}})
                yield from (
                    self.control(one, inside) for one in self._reading.app.components[control.component].children
                )
            case _:
                yield _simple(control.type, said, values.names.get(control.name) or {})


def _simple(type_: str, said: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """`now`: what somebody has typed or chosen."""
    words = html.escape(str(said.get("Text") or ""))
    style = _box(said)
    match type_:
        case "Label":
            tag = {"Heading1": "h1", "Heading2": "h2"}.get(str(said.get("Role")), "div")
            return f"<{tag} class=l style='margin:0;font-weight:normal;{style}'>{words}</{tag}>"
        case "Classic/Button":
            disabled = " disabled" if said.get("DisplayMode") == "Disabled" else ""
            return f"<button style='{style}'{disabled}>{words}</button>"
        case "Classic/CheckBox":
            return (
                f"<label style='{style};display:flex;align-items:center;gap:8px'>"
                f"<input type=checkbox{' checked' if now.get('Value') else ''}>{words}</label>"
            )
        case "Classic/DropDown":
            rows = said.get("Items") or ()
            chosen = (now.get(_CHOSEN) or {}).get("value")
            options = "".join(f"<option{_chosen(row, chosen)}>{html.escape(str(row.get('word')))}" for row in rows)
            return f"<select style='{style}'>{options}</select>"
    typed = html.escape(str(now.get("Text") or now.get("SelectedDate") or ""))
    if said.get("Mode") == "MultiLine":
        return f"<textarea style='{style};height:{said['Height']:g}px'>{typed}</textarea>"
    return f"<input style='{style}' value='{typed}'>"


def _chosen(row: Mapping[str, Any], value: Any) -> str:
    return " selected" if value is not None and row.get("value") == value else ""


def _container(said: Mapping[str, Any]) -> str:
    across = said.get("LayoutDirection") == "Horizontal"
    return _box({**said, "Height": None, "Width": None}) + (
        f"flex-direction:{'row' if across else 'column'};gap:{said.get('LayoutGap') or 0:g}px;"
        f"align-items:{'center' if across else 'stretch'};flex-wrap:{'wrap' if said.get('LayoutWrap') else 'nowrap'};"
        + ("" if said.get("FillPortions") else "flex-shrink:0;")
    )


def _box(said: Mapping[str, Any]) -> str:
    parts = {
        "color": said.get("Color"),
        "background": said.get("Fill") or said.get("TemplateFill"),
        "font-size": _pixels(said.get("Size"), "pt"),
        "width": _pixels(said.get("Width")),
        "flex": f"{said['FillPortions']:g} 1 0" if said.get("FillPortions") else None,
        "border-radius": _pixels(said.get("RadiusTopLeft")),
        "font-weight": {"Bold": "700", "Semibold": "600"}.get(str(said.get("FontWeight"))),
        **{
            f"padding-{side.lower()}": _pixels(said.get(f"Padding{side}"))
            for side in ("Left", "Right", "Top", "Bottom")
        },
    }
    if said.get("BorderStyle") == "Solid" and isinstance(said.get("BorderColor"), Colour):
        parts["border"] = f"{said.get('BorderThickness') or 1:g}px solid {said['BorderColor']}"
    if said.get("AlignInContainer") == "Start":
        parts["align-self"] = "flex-start"
    return "".join(f"{name}:{value};" for name, value in parts.items() if value is not None)


def _pixels(value: Any, unit: str = "px") -> str | None:
    return f"{value:g}{unit}" if isinstance(value, float) else None


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    reading = read(read_files(), {})
    for screen in reading.app.screens:
        for language in ("en", "zh-Hans"):
            page = draw(reading, screen, sample_values(reading, screen, language))
            (folder / f"{screen}.{language}.html").write_text(page, encoding="utf-8")
    print(f"{len(reading.app.screens)} screens drawn into {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
