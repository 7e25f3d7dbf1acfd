"""Service, paths, operations, parameters, answers and what Power Apps can use of them."""

from typing import Any

from tests.infra.power_platform.lint.changes import Broken, both, drop, put
from tests.infra.power_platform.lint.good_connector import definition
from tests.infra.power_platform.lint.good_operations import answers, internal, ref, shared, text_property
from tests.infra.power_platform.lint.places import (
    CLINICS,
    CONTENT,
    GET,
    LIST,
    NEW,
    OLD,
    PERIOD,
    REMIND,
    REMIND_BODY,
    defined,
    dropped,
    set_to,
)

TEXTS_LIST = {"type": "array", "items": {"type": "string"}}


def many(number: int) -> dict[str, Any]:
    return {f"/v1/many{one}": {"get": internal(f"GetMany{one}", "Get many")} for one in range(number)}


SERVICE = [
    set_to("SpecificationVersionIncorrect", "swagger", "3.0.0"),
    set_to("HostNameNotValid", "host", "https://messages.example.org/api"),
    set_to("HostNotForProduction", "host", "messages-staging.example.org"),
    set_to("BasePathNotValid", "basePath", "api/whatsapp"),
    set_to("SchemesArrayEmpty", "schemes", []),
    defined("SchemeNotValid", put("schemes", ["https", "wss"]), "schemes|1"),
    set_to("SchemesWithoutHttps", "schemes", ["http"]),
    defined("DefinitionTooLarge", put("x-long", "a" * 1_048_576), ""),
]

PATHS = [
    defined("OperationPathMustStartWithSlash", put("paths|v1/a", {"get": internal("GetA", "Get")}), "paths|v1/a"),
    defined(
        "OperationPathContainsUnsupportedCharacters",
        put("paths|/v1/a*", {"get": internal("GetA", "Get")}),
        "paths|/v1/a*",
    ),
    defined(
        "OperationPathMayNotContainQueryOrFragment",
        put("paths|/v1/a?b", {"get": internal("GetA", "Get")}),
        "paths|/v1/a?b",
    ),
    defined("OperationPathTemplateNotValid", put("paths|/v1/a}", {"get": internal("GetA", "Get")}), "paths|/v1/a}"),
    defined("PathItemRefNotSuppored", put("paths|/v1/a", {"$ref": "#/definitions/Message"}), "paths|/v1/a|$ref"),
    set_to("EmptyPath", "paths|/v1/nothing", {}),
    defined("PathRedefined", put("paths|/v1/Clinics", {"post": internal("AddA", "Add")}), "paths|/v1/Clinics"),
    defined(
        "DuplicateOperationPath",
        put("paths|/v1/templates/{token}/schema", {"get": internal("GetA", "Get", [shared("token")])}),
        "paths|/v1/templates/{token}/schema|get",
    ),
    defined("PartialDuplicateOperationPath", put("paths|/v1/messages/last", {"get": internal("GetA", "Get")}), GET),
]

OPERATIONS = [
    defined("OperationIdRequired", drop(f"{LIST}|operationId"), LIST),
    set_to("OperationIdNotUnique", f"{GET}|operationId", "ListSentMessages"),
    set_to("OperationIdSanitized", f"{LIST}|operationId", "List-Sent-Messages"),
    dropped("OperationVisibilityNotStated", f"{LIST}|x-ms-visibility"),
    set_to("OperationVisibilityNotStated", f"{LIST}|x-ms-visibility", "none"),
    set_to("EmptyOperation", f"{CLINICS.removesuffix('|get')}|post", {}),
    defined("TotalOperationsCountExceedsMaxAllowed", put("paths", definition()["paths"] | many(245)), "paths"),
    set_to("DeprecatedOperationNotMarked", f"{OLD}|description", "Counts what was sent."),
    set_to("DeprecatedOperationNotMarked", f"{OLD}|summary", "Get the insights"),
    defined(
        "OperationFamilyHasDuplicateRevisions",
        put(f"{NEW}|x-ms-api-annotation|revision", 1),
        f"{NEW}|x-ms-api-annotation",
    ),
    set_to("OperationIdShouldEndWithRevision", f"{NEW}|operationId", "GetBetterInsights"),
    defined(
        "OperationFamilyHasManyActiveOperations",
        both(
            put(f"{LIST}|x-ms-api-annotation", {"family": "GetInsights", "revision": 1}),
            put(f"{OLD}|x-ms-api-annotation", {"family": "Other", "revision": 1}),
            put(f"{GET}|x-ms-api-annotation", {"family": "GetInsights"}),
            put(f"{GET}|x-ms-api-annotation|revision", None),
        ),
        f"{NEW}|x-ms-api-annotation",
    ),
]

PARAMETERS = [
    defined("ConnectionIdParameterNotAllowed", put("parameters|cursor|name", "connectionId"), "parameters|cursor|name"),
    set_to("PathParameterMustBeRequired", f"{GET}|parameters|0|required", False),
    dropped("PathParameterMissingEncoding", f"{GET}|parameters|0|x-ms-url-encoding"),
    set_to("QueryParameterEncodingNotSupported", "parameters|cursor|x-ms-url-encoding", "single"),
    defined(
        "BodyOrFormDataParameterInFetchOperationNotAllowed",
        put(f"{LIST}|parameters|3", {"name": "body", "in": "body", "schema": {"type": "object"}}),
        f"{LIST}|parameters|3",
    ),
    defined(
        "OperationParametersContainMultipleBodyParameters",
        put(f"{REMIND}|parameters|1", {"name": "other", "in": "body", "schema": {"type": "object"}}),
        f"{REMIND}|parameters|1",
    ),
    defined(
        "BodyParameterSchemaRequired",
        put(f"{LIST.removesuffix('get')}post", internal("AddA", "Add", [{"name": "body", "in": "body"}])),
        f"{LIST.removesuffix('get')}post|parameters|0|schema",
    ),
    set_to("NonBodyParameterSchemaNotValid", f"{GET}|parameters|0|schema", {"type": "string"}),
    defined(
        "OperationMissingPathParameter",
        put("paths|/v1/a/{token}", {"get": internal("GetA", "Get")}),
        "paths|/v1/a/{token}|get|parameters",
    ),
    defined(
        "PathParameterNotDefinedInTemplate",
        put("paths|/v1/a", {"get": internal("GetA", "Get", [shared("token")])}),
        "parameters|token",
    ),
    defined(
        "OperationParametersContainDuplicateParameter",
        put(f"{LIST}|parameters|3", shared("cursor")),
        f"{LIST}|parameters",
    ),
    defined("InternalParameterWithoutDefault", drop(f"{REMIND_BODY}|source|default"), f"{REMIND_BODY}|source|default"),
    defined(
        "InternalParameterWithoutDefault",
        both(put(f"{PERIOD}|properties|from|x-ms-visibility", "internal"), put(f"{PERIOD}|required", ["from"])),
        f"{PERIOD}|properties|from|default",
    ),
    defined(
        "PropertyMustBeRequired",
        put(f"{REMIND}|parameters|0|schema|required", ["clinicId", "patientPhone"]),
        f"{REMIND_BODY}|source",
    ),
]

RESPONSES = [
    set_to("OperationMustHaveResponse", f"{LIST}|responses", {}),
    defined("OperationShouldHaveSuccessfulResponse", drop(f"{LIST}|responses|200"), f"{LIST}|responses"),
    defined(
        "ResponseMustBeDefaultOrHttpStatusCode",
        put(f"{LIST}|responses|4XX", {"description": "Refused."}),
        f"{LIST}|responses|4XX",
    ),
    defined("SchemaDefinitionSetIncorrectly", drop(f"{LIST}|responses|200|schema"), f"{LIST}|responses"),
    defined(
        "SchemaDefinitionSetIncorrectly",
        put(f"{REMIND}|responses", answers(ref("Message"), code="202")),
        f"{REMIND}|responses",
    ),
    defined("SchemaDefinitionSetIncorrectly", drop(f"{CONTENT}|schema"), f"{CONTENT}|schema"),
    defined(
        "OperationHasManyResponsesWithSchema", put(f"{LIST}|responses|400|schema", ref("Message")), f"{LIST}|responses"
    ),
    set_to("DefaultResponseHasSchema", f"{LIST}|responses|default|schema", ref("Message")),
    set_to("EmptyResponseSchema", f"{LIST}|responses|200|schema", {"type": "object"}),
    set_to("EmptyResponseSchema", f"{LIST}|responses|200|schema", {}),
]

POWER_APPS = [
    defined(
        "ArrayInQuery",
        both(put("parameters|cursor|type", "array"), put("parameters|cursor|items", {"type": "string"})),
        "parameters|cursor|type",
    ),
    defined(
        "ArrayInsideArray",
        put(
            f"{REMIND_BODY}|rows",
            text_property("Rows", "Of the table.") | {"type": "array", "items": TEXTS_LIST},
        ),
        f"{REMIND_BODY}|rows|items",
    ),
]

BROKEN: list[Broken] = [*SERVICE, *PATHS, *OPERATIONS, *PARAMETERS, *RESPONSES, *POWER_APPS]
