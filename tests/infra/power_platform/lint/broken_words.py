"""What the connector says of itself and to makers: info, texts, style, readme."""

import json

from infra.power_platform.lint.json_places import DEFINITION
from tests.infra.power_platform.lint.changes import Broken, Change, both, drop, files, put, readme
from tests.infra.power_platform.lint.good_connector import definition
from tests.infra.power_platform.lint.places import (
    CALLBACK,
    GET,
    LIST,
    METADATA,
    NEW,
    REMIND_BODY,
    TRIGGER,
    VARIABLES,
    defined,
    dropped,
    set_to,
)


def told(rule: str, change: Change) -> Broken:
    return Broken(rule, change, ("readme.md",))


INFO = [
    dropped("RequiredPropertyMissing", "info|version"),
    dropped("RequiredPropertyMissing", "info|contact|email"),
    set_to("RequiredValueEmpty", "info|contact|name", " "),
    set_to("FieldLengthExceeded", "info|title", "Messages of a very large clinic"),
    set_to("ValueMustEndWithAlphanumeric", "info|title", "Clinic Messages!"),
    set_to("FieldLengthNotInRange", "info|description", "Too short."),
    set_to("FieldLengthNotInRange", "info|description", "Too long. " * 51),
    set_to("ContactEmailNotValid", "info|contact|email", "help at example.org"),
    defined("ConnectorMetadataPropertiesMissing", drop(f"{METADATA}|1"), METADATA),
    set_to("UrlNotValid", f"{METADATA}|0|propertyValue", "example.org"),
    set_to("InvalidConnectorCategory", f"{METADATA}|2|propertyValue", "Communication;Health"),
    set_to("TooManyConnectorCategories", f"{METADATA}|2|propertyValue", "Communication;Data;AI"),
]

TEXTS = [
    dropped("OperationSummaryRequired", f"{LIST}|summary"),
    dropped("OperationDescriptionRequired", f"{LIST}|description"),
    defined("ParameterSummaryRequired", drop(f"{GET}|parameters|0|x-ms-summary"), f"{GET}|parameters|0|x-ms-summary"),
    defined("ParameterSummaryRequired", drop(f"{VARIABLES}|title"), f"{VARIABLES}|x-ms-summary"),
    dropped("ParameterDescriptionRequired", f"{REMIND_BODY}|patientPhone|description"),
    set_to("OperationSummaryTooLong", f"{LIST}|summary", "List the messages " + "that have been sent " * 4 + "today"),
    set_to("ParameterSummaryTooLong", f"{GET}|parameters|0|x-ms-summary", ("Message " * 11).strip()),
    set_to("RestrictedCharactersInSummary", f"{LIST}|summary", "List sent/failed messages"),
    set_to("RestrictedCharactersInSummary", f"{REMIND_BODY}|patientPhone|title", "Patient's Phone"),
    set_to("DescriptionRepeatsSummary", f"{LIST}|description", "List sent messages."),
    set_to("DescriptionRepeatsSummary", f"{REMIND_BODY}|clinicId|description", "Clinic."),
    set_to("DescriptionRepeatsSummary", f"{REMIND_BODY}|patientPhone|description", "PatientPhone."),
    set_to("DescriptionWithoutPunctuation", f"{LIST}|description", "Gives a page of messages"),
    set_to("DescriptionWithoutPunctuation", "parameters|cursor|description", "Where the last page ended"),
    set_to("ValueContainsRestrictedWords", "info|title", "Clinic Connector"),
    set_to("ValueContainsRestrictedWords", "info|title", "Clinic API"),
    set_to(
        "ValueContainsRestrictedWords",
        "info|description",
        "Messages for the patients of a clinic, from Power Automate.",
    ),
    set_to("ValueContainsRestrictedWords", f"{CALLBACK}|description", "Set by Power Automate."),
    set_to("ValueMustBeInEnglish", f"{LIST}|description", "已发送的消息 are listed."),
]

STYLE = [
    defined("OperationIdNotPascalCase", put(f"{LIST}|operationId", "listSentMessages"), f"{LIST}|operationId"),
    set_to("TriggerSummaryStyle", f"{TRIGGER}|summary", "Patient replies"),
    set_to("TriggerDescriptionStyle", f"{TRIGGER}|description", "A patient answers a message."),
    dropped("TriggerHintMissing", f"{TRIGGER}|x-ms-trigger-hint"),
    set_to("SummaryNotInSentenceCase", f"{LIST}|summary", "List Sent messages"),
    set_to("SummaryNotInSentenceCase", f"{LIST}|summary", "list sent messages"),
    set_to("ParameterSummaryNotInTitleCase", f"{REMIND_BODY}|patientPhone|title", "Patient phone"),
    Broken("IndentationNotFourSpaces", files(definition_text=json.dumps(definition(), indent=2)), (DEFINITION,)),
    Broken("IndentationNotFourSpaces", files(definition_text=json.dumps(definition(), indent="\t")), (DEFINITION,)),
    defined(
        "RepeatedParameter",
        both(
            put(f"{LIST}|parameters|3", definition()["parameters"]["cursor"] | {"name": "since"}),
            put(f"{NEW}|parameters", [definition()["parameters"]["cursor"] | {"name": "since"}]),
        ),
        f"{NEW}|parameters|0",
    ),
    defined("KnownErrorsNotListed", drop(f"{LIST}|responses|400"), f"{LIST}|responses"),
]

READ_ME = [
    told("ReadmeMissing", files(readme="")),
    told("ReadmeTitleMissing", readme("# Clinic Messages\nReminds", "Reminds")),
    told("ReadmeHeadingMissing", readme("## Publisher: Example Hospital\n", "")),
    told("ReadmeHeadingMissing", readme("## Known Issues and Limitations", "### Known Issues and Limitations")),
    told("ReadmeHeadingMissing", readme("## Deployment Instructions", "## Deployment")),
    told("ReadmeSectionEmpty", readme("Ask the engineer who runs the deployment for an API key.\n", "")),
    told("ReadmeSectionEmpty", readme("Lists give a page", "Required. Include any issue")),
]

BROKEN: list[Broken] = [*INFO, *TEXTS, *STYLE, *READ_ME]
