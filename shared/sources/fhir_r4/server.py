"""A FHIR server as we use it: read one resource, search, follow pages. It never changes anything there."""

import json
import re
from collections.abc import AsyncGenerator, Sequence

from shared.errors import SourceIncomplete, SourceRefused, SourceUnavailable
from shared.sources.fhir_r4.addresses import ServerAddress, encoded
from shared.sources.fhir_r4.auth import Authorization
from shared.sources.fhir_r4.bundle import Page, read_page
from shared.sources.fhir_r4.elements import Json, parts, text
from shared.sources.fhir_r4.http import Answer, Ask, Http

FHIR_JSON = "application/fhir+json"
# Azure's server ignores what it does not know unless asked to be strict (overview-of-search.md)
STRICT = "handling=strict"
_ISSUE_CODE = re.compile(r"[a-z\-]{1,40}")

Parameters = Sequence[tuple[str, str]]


class FhirServer:
    """Authorised requests below one base address."""

    def __init__(
        self,
        address: ServerAddress,
        http: Http,
        authorization: Authorization,
        extra_headers: dict[str, str],
        max_pages: int,
    ) -> None:
        self.address = address
        self._http = http
        self._authorization = authorization
        self._headers = {**extra_headers, "Accept": FHIR_JSON, "Prefer": STRICT}
        self._max_pages = max_pages

    async def read(self, kind: str, resource_id: str, *, forbidden_is_missing: bool = False) -> Json | None:
        """One resource; None where the server has no such one. Raises SourceUnavailable, SourceRefused."""
        answer = await self._authorised(Ask(self.address.resource(kind, resource_id)))
        if answer.status in (404, 410) or (answer.status == 403 and forbidden_is_missing):
            return None
        resource = _content(answer)
        if text(resource, "resourceType") != kind:
            raise SourceUnavailable(f"The FHIR server did not answer with a {kind}.")
        return resource

    async def pages(self, kind: str, parameters: Parameters, *, by_post: bool = False) -> AsyncGenerator[Page]:
        """Every page of a search, in the server's own order.

        `by_post` keeps the parameters (an NHS number) out of the server's access log. Raises SourceUnavailable or
        SourceRefused at the first page; SourceIncomplete where a later one cannot be read, where the links lead
        elsewhere, in a circle or on without end, or where the server itself reports an error among the results.
        """
        ask = Ask(self.address.search(kind, parameters))
        if by_post:
            ask = Ask(f"{self.address.base_url}/{kind}/_search", "POST", encoded(parameters))
        page = read_page(_content(await self._authorised(ask)), kind, parameters)
        yield page
        seen = {ask.url}
        while page.next_url:
            url = self._next(ask.url, page.next_url, seen)
            ask = Ask(url)
            page = await self._later_page(ask, kind, parameters, len(seen))
            yield page

    def _next(self, current: str, link: str, seen: set[str]) -> str:
        url = self.address.joined(current, link)
        if not self.address.trusts(url):
            raise SourceIncomplete("The server's next page is at another origin: refused, or the token would leak.")
        if url in seen:
            raise SourceIncomplete("The server's next pages go in a circle.")
        if len(seen) >= self._max_pages:
            raise SourceIncomplete(f"The list has more than {self._max_pages} pages.")
        seen.add(url)
        return url

    async def _later_page(self, ask: Ask, kind: str, parameters: Parameters, number: int) -> Page:
        try:
            return read_page(_content(await self._authorised(ask)), kind, parameters, number)
        except (SourceRefused, SourceUnavailable) as failure:
            message = f"A later page could not be read. {failure.message}"
            raise SourceIncomplete(message, retry_after_s=failure.retry_after_s) from None

    async def _authorised(self, ask: Ask) -> Answer:
        """The answer; a refused token is renewed once."""
        answer = await self._http.answer(await self._with_token(ask))
        if answer.status == 401 and self._authorization.forget():
            answer = await self._http.answer(await self._with_token(ask))
        return answer

    async def _with_token(self, ask: Ask) -> Ask:
        header = await self._authorization.header()
        headers = {**self._headers, "Authorization": header} if header else self._headers
        return Ask(ask.url, ask.method, ask.form, headers)


def _content(answer: Answer) -> Json:
    """The JSON object of a 200. Raises SourceRefused for any other status, SourceUnavailable for what is no JSON."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if answer.status != 200:
        raise SourceRefused(f"The FHIR server refused (HTTP {answer.status}{_issues(body)}).")
    if not isinstance(body, dict):
        raise SourceUnavailable("The FHIR server did not answer with FHIR JSON.")
    return body


def _issues(outcome: object) -> str:
    """Codes of an OperationOutcome, never its diagnostics: they may quote a patient."""
    if not isinstance(outcome, dict):
        return ""
    named = {code for issue in parts(outcome, "issue") if _ISSUE_CODE.fullmatch(code := text(issue, "code"))}
    return "".join(f", {code}" for code in sorted(named))
