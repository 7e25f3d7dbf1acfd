"""What the definition says of the connector itself: title, description, contact, categories."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from infra.power_platform.lint.json_places import DEFINITION, at, listing, mapping, text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import categories, limit

INFO = at(DEFINITION, "info")
METADATA = at(DEFINITION, "x-ms-connector-metadata")
_REQUIRED = ("title", "description", "version", "contact/name", "contact/url", "contact/email")
_METADATA = ("Website", "Privacy policy", "Categories")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def _fields(view: ConnectorView) -> Iterator[tuple[str, str, object]]:
    """Name, place and value of each field that info must have; None where it is missing."""
    for field in _REQUIRED:
        *parents, last = field.split("/")
        holder = mapping(view.info.get(parents[0])) if parents else view.info
        yield f"info.{field.replace('/', '.')}", at(INFO, *parents, last), holder.get(last)


def required(view: ConnectorView) -> Iterator[Fault]:
    for name, place, value in _fields(view):
        if value is None:
            yield Fault(place, f"{name} is missing.")


def not_empty(view: ConnectorView) -> Iterator[Fault]:
    for name, place, value in _fields(view):
        if isinstance(value, str) and not value.strip():
            yield Fault(place, f"{name} is empty.")


def title_length(view: ConnectorView) -> Iterator[Fault]:
    title, longest = text(view.info.get("title")), limit("title")
    if len(title) > longest:
        yield Fault(at(INFO, "title"), f"The title has {len(title)} characters; {longest} are allowed.")


def title_end(view: ConnectorView) -> Iterator[Fault]:
    title = text(view.info.get("title"))
    if title.strip() and not title[-1].isalnum():
        yield Fault(at(INFO, "title"), "The title must end with a letter or a digit.")


def description_length(view: ConnectorView) -> Iterator[Fault]:
    description = text(view.info.get("description"))
    shortest, longest = limit("descriptionShortest"), limit("descriptionLongest")
    if description.strip() and not shortest <= len(description) <= longest:
        counted = f"The description has {len(description)} characters"
        yield Fault(at(INFO, "description"), f"{counted}; it must have {shortest} to {longest}.")


def contact_email(view: ConnectorView) -> Iterator[Fault]:
    email = text(mapping(view.info.get("contact")).get("email"))
    if email.strip() and _EMAIL.fullmatch(email) is None:
        yield Fault(at(INFO, "contact", "email"), "This is not an e-mail address.")


def _metadata(view: ConnectorView) -> Mapping[str, tuple[str, str]]:
    """Value and place of each line of the metadata, by its name."""
    lines = enumerate(listing(view.definition.get("x-ms-connector-metadata")))
    return {
        text(mapping(line).get("propertyName")): (
            text(mapping(line).get("propertyValue")),
            at(METADATA, number, "propertyValue"),
        )
        for number, line in lines
    }


def metadata_complete(view: ConnectorView) -> Iterator[Fault]:
    present = _metadata(view)
    for name in _METADATA:
        if not present.get(name, ("", ""))[0].strip():
            yield Fault(METADATA, f"The line {name!r} is missing or empty.")


def urls(view: ConnectorView) -> Iterator[Fault]:
    metadata = _metadata(view)
    written = [(text(mapping(view.info.get("contact")).get("url")), at(INFO, "contact", "url"))]
    written += [metadata[name] for name in ("Website", "Privacy policy") if name in metadata]
    for url, place in written:
        if url.strip() and not _is_absolute(url):
            yield Fault(place, "Write an absolute URL such as https://www.example.org/privacy.")


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", url)


def _categories(view: ConnectorView) -> tuple[list[str], str]:
    value, place = _metadata(view).get("Categories", ("", METADATA))
    return [part.strip() for part in value.split(";") if part.strip()], place


def known_categories(view: ConnectorView) -> Iterator[Fault]:
    given, place = _categories(view)
    for name in given:
        if name not in categories():
            yield Fault(place, f"{name!r} is no category; there are: {', '.join(categories())}.")


def few_categories(view: ConnectorView) -> Iterator[Fault]:
    given, place = _categories(view)
    if len(given) > limit("categories"):
        yield Fault(place, f"There are {len(given)} categories; at most {limit('categories')} are allowed.")


RULES = (
    error("RequiredPropertyMissing", required),
    error("RequiredValueEmpty", not_empty),
    error("FieldLengthExceeded", title_length),
    error("ValueMustEndWithAlphanumeric", title_end),
    error("FieldLengthNotInRange", description_length),
    error("ContactEmailNotValid", contact_email),
    error("ConnectorMetadataPropertiesMissing", metadata_complete),
    error("UrlNotValid", urls),
    error("InvalidConnectorCategory", known_categories),
    error("TooManyConnectorCategories", few_categories),
)
