"""What a patient would read of a raw body that passed its checks."""

from typing import Any

from shared.channels.whatsapp.templates import named


def shown(payload: dict[str, Any]) -> str:
    """Its words, or in brackets the kind of what is not words."""
    kind = str(payload["type"])
    part = payload[kind]
    if kind == "text":
        return str(part["body"])
    if kind == "interactive":
        return "\n\n".join(_interactive_words(part))
    if kind == "template":
        return _template_words(part)
    if kind == "reaction":
        return str(part["emoji"])
    words = part.get("caption") or part.get("name") or part.get("filename") if isinstance(part, dict) else ""
    return f"[{kind}] {words}".rstrip() if words else f"[{kind}]"


def _interactive_words(part: dict[str, Any]) -> list[str]:
    action = part.get("action", {})
    header = part.get("header", {}).get("text", "")
    labels = [button["reply"]["title"] for button in action.get("buttons", ())]
    labels += [row["title"] for section in action.get("sections", ()) for row in section["rows"]]
    parameters = action.get("parameters", {})
    labels += [parameters[key] for key in ("display_text", "flow_cta") if key in parameters]
    words = [header, part["body"].get("text", ""), part.get("footer", {}).get("text", "")]
    return [word for word in (*words, "\n".join(f"[{label}]" for label in labels)) if word]


def _template_words(part: dict[str, Any]) -> str:
    bodies = [c for c in part.get("components", ()) if str(c.get("type", "")).lower() == "body"]
    values = [str(p.get("text", "")) for p in (bodies[0].get("parameters", ()) if bodies else ())]
    known = named(part["name"], part["language"]["code"])
    if known is not None and len(values) == len(known.parameters):
        return known.rendered(values)
    return " | ".join((f"[{part['name']}]", *values))
