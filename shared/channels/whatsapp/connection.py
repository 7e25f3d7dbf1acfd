"""Does the account work? Asked without sending anything (Cloud API, Messaging Health Status)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from shared.channels.contract import ConnectionReport
from shared.channels.whatsapp.answers import error_of, read_object
from shared.channels.whatsapp.codes import lookup
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.graph_versions import end_warning
from shared.channels.whatsapp.templates import shipped

_NUMBER_FIELDS = "verified_name,quality_rating,status,throughput,health_status"
_TEMPLATE_FIELDS = "name,language,status"
_READ_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """The object that a GET brought, or in words why there is none."""

    body: Mapping[str, Any]
    failure: str = ""


class GraphReader:
    """GETs on the Graph API for one account; answers failures as words for an operator, never raises them."""

    def __init__(self, credentials: WhatsAppCredentials, http: httpx.AsyncClient) -> None:
        self.base_url = f"{credentials.graph_url}/{credentials.graph_version}"
        self.headers = {"Authorization": f"Bearer {credentials.access_token}"}
        self._http = http

    async def read(self, path: str, query: Mapping[str, str]) -> GraphAnswer:
        try:
            response = await self._http.get(
                f"{self.base_url}/{path}", params=dict(query), headers=self.headers, timeout=_READ_TIMEOUT
            )
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            return GraphAnswer({}, f"Meta cannot be reached ({type(failure).__name__}).")
        body = read_object(response)
        if response.is_success:
            return GraphAnswer(body)
        known = error_of(body)
        if known is None:
            return GraphAnswer({}, f"Meta answers HTTP {response.status_code}.")
        return GraphAnswer({}, f"Meta refuses with code {known.code} ({known.name or 'undocumented'}). {known.action}")


async def report_connection(graph: GraphReader, credentials: WhatsAppCredentials, today: date) -> ConnectionReport:
    """The number's health, whether callbacks will come, and whether the shipped templates are approved."""
    number = await graph.read(credentials.phone_number_id, {"fields": _NUMBER_FIELDS})
    if number.failure:
        return ConnectionReport(False, (number.failure,))
    account = credentials.business_account_id
    apps = await graph.read(f"{account}/subscribed_apps", {})
    templates = await graph.read(f"{account}/message_templates", {"fields": _TEMPLATE_FIELDS, "limit": "500"})
    trouble = [*_number_trouble(number.body), *_apps_trouble(apps)]
    good = () if trouble else ("The number can send, and callbacks are subscribed.",)
    notes = (*_template_notes(templates), *_quality(number.body), end_warning(credentials.graph_version, today))
    return ConnectionReport(not trouble, tuple(line for line in (*good, *trouble, *notes) if line))


def _number_trouble(body: Mapping[str, Any]) -> list[str]:
    health = body.get("health_status")
    if not isinstance(health, dict) or health.get("can_send_message") in (None, "AVAILABLE"):
        return []
    found = [f"The number's sending is {str(health['can_send_message']).lower()}."]
    for entity in health.get("entities") or ():
        for error in (entity.get("errors") or ()) if isinstance(entity, dict) else ():
            code = error.get("error_code") if isinstance(error, dict) else None
            if isinstance(code, int):
                found.append(f"{entity.get('entity_type')}: code {code}. {lookup(code).action}")
    return found


def _apps_trouble(apps: GraphAnswer) -> list[str]:
    if apps.failure:
        return [f"Subscribed apps: {apps.failure}"]
    return [] if apps.body.get("data") else ["No app is subscribed to the account: receipts and replies will not come."]


def _template_notes(templates: GraphAnswer) -> list[str]:
    """Notes only: a clinic may have templates of its own, and needs its own languages alone."""
    if templates.failure:
        return [f"Templates: {templates.failure}"]
    rows = templates.body.get("data")
    status = {
        (row.get("name"), row.get("language")): str(row.get("status")).lower()
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
    }
    found = {f"{t.name} ({t.code})": status.get((t.name, t.code), "missing") for t in shipped()}
    return [f"Template {name} is {said}." for name, said in found.items() if said != "approved"]


def _quality(body: Mapping[str, Any]) -> list[str]:
    rating = body.get("quality_rating")
    return [f"The number's quality rating is {rating.lower()}."] if rating in ("YELLOW", "RED") else []
