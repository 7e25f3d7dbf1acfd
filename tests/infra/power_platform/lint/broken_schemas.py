"""Schemas, lists of values, drop-downs and left-overs."""

from typing import Any

from tests.infra.power_platform.lint.changes import Broken, both, drop, put
from tests.infra.power_platform.lint.good_operations import ref, shared
from tests.infra.power_platform.lint.places import (
    LIST,
    REMIND,
    REMIND_BODY,
    TRIGGER,
    VARIABLES,
    defined,
    dropped,
    set_to,
)

CHANNEL = f"{REMIND_BODY}|channel"
CLINIC_VALUES = f"{REMIND_BODY}|clinicId|x-ms-dynamic-values"
TEMPLATE_VALUES = f"{REMIND_BODY}|template|x-ms-dynamic-values"
TEMPLATE_LIST = f"{REMIND_BODY}|template|x-ms-dynamic-list"


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"inner": schema}}
    return schema


ENUMS = [
    defined("EnumMustContainAtLeastOneElement", put("parameters|cursor|enum", []), "parameters|cursor|enum"),
    set_to("ArrayDuplicateValue", "definitions|Message|properties|state|enum", ["sent", "sent"]),
    defined(
        "InvalidEnumValue",
        put("definitions|Message|properties|state|enum", ["sent", 2]),
        "definitions|Message|properties|state|enum|1",
    ),
    defined(
        "InvalidEnumValuesExtensionValue",
        put(f"{CHANNEL}|x-ms-enum-values|2", {"value": "sms", "displayName": "SMS"}),
        f"{CHANNEL}|x-ms-enum-values|2|value",
    ),
    defined("InvalidEnumValuesExtensionValue", drop(f"{CHANNEL}|x-ms-enum-values|1"), f"{CHANNEL}|x-ms-enum-values"),
    dropped("MissingEnumValuesDisplayName", f"{CHANNEL}|x-ms-enum-values|1|displayName"),
    defined(
        "DuplicateEnumValuesInExtension",
        put(f"{CHANNEL}|x-ms-enum-values|2", {"value": "auto", "displayName": "Any"}),
        f"{CHANNEL}|x-ms-enum-values",
    ),
    set_to("DefaultValueMustMatchType", "parameters|top|default", "50"),
    set_to("JsonValueNotInEnum", f"{CHANNEL}|default", "sms"),
]

SCHEMAS = [
    set_to("RequiredPropertyArrayEmpty", "definitions|Message|required", []),
    set_to("RequiredPropertyDefinitionMissing", "definitions|Message|required", ["id", "reason"]),
    set_to("RequiredPropertyNotOnObject", "definitions|Message|properties|id|required", ["length"]),
    dropped("ArrayHasNoItems", "definitions|MessagePage|properties|value|items"),
    defined(
        "SchemaReferenceNotFound",
        put("definitions|Message|properties|clinic", ref("Hospital")),
        "definitions|Message|properties|clinic|$ref",
    ),
    defined("ParameterReferenceNotFound", put(f"{LIST}|parameters|3", shared("since")), f"{LIST}|parameters|3|$ref"),
    defined(
        "ResponseReferenceNotFound",
        put(f"{LIST}|responses|401", {"$ref": "#/responses/No"}),
        f"{LIST}|responses|401|$ref",
    ),
    defined(
        "SchemaReferenceNotValid",
        put("definitions|Message|properties|clinic", {"$ref": "clinic.json"}),
        "definitions|Message|properties|clinic|$ref",
    ),
    defined(
        "AdditionalPropertyNotAllowedAdjacentToRef",
        put(f"{LIST}|responses|200|schema|title", "Page"),
        f"{LIST}|responses|200|schema",
    ),
    defined("SchemaTooDeep", put(f"{LIST}|responses|200|schema", nested(16)), f"{LIST}|responses|200"),
    defined(
        "SchemaTooDeep",
        put("definitions|Subscription|properties|former", ref("Subscription")),
        f"{TRIGGER}|responses|201",
    ),
    defined(
        "BodySchemaCountExceedsMaxAllowed",
        put("definitions|Subscription|properties", {f"p{number}": {"type": "string"} for number in range(512)}),
        f"{TRIGGER}|responses|201",
    ),
]

DYNAMICS = [
    set_to("OperationIdNotFound", f"{CLINIC_VALUES}|operationId", "ListHospitals"),
    set_to("OperationIdNotFound", "x-ms-capabilities|testConnection|operationId", "Ping"),
    defined(
        "OperationMissingRequiredProperty",
        drop(f"{TEMPLATE_VALUES}|parameters|clinicId"),
        f"{TEMPLATE_VALUES}|parameters",
    ),
    defined(
        "OperationMissingRequiredProperty",
        put("x-ms-capabilities|testConnection|operationId", "ListTemplates"),
        "x-ms-capabilities|testConnection|parameters",
    ),
    set_to("OperationParameterNameNotFound", f"{TEMPLATE_VALUES}|parameters|language", "en"),
    set_to(
        "OperationParameterNameNotFound", f"{TEMPLATE_LIST}|parameters|clinicId|parameterReference", "body/hospital"
    ),
    defined("InvokedOperationShouldProduceArray", put(f"{CLINIC_VALUES}|value-collection", "clinics"), CLINIC_VALUES),
    set_to("InvokedOperationShouldProduceProperty", f"{CLINIC_VALUES}|value-title", "title"),
    set_to("InvokedOperationShouldProduceProperty", f"{TEMPLATE_LIST}|itemValuePath", "key"),
    defined(
        "InvokedOperationShouldProduceProperty",
        both(
            put(f"{VARIABLES}|x-ms-dynamic-schema|value-path", "form"),
            put(f"{VARIABLES}|x-ms-dynamic-properties|itemValuePath", "form"),
        ),
        f"{VARIABLES}|x-ms-dynamic-schema|value-path",
        f"{VARIABLES}|x-ms-dynamic-properties|itemValuePath",
    ),
    defined(
        "DynamicListExtensionRequiredForNonParameterReferences",
        drop(TEMPLATE_LIST),
        f"{TEMPLATE_VALUES}|parameters|clinicId|parameter",
    ),
    defined(
        "DynamicListExtensionRequiredForAmbiguousReferences",
        both(drop(TEMPLATE_LIST), put(f"{REMIND}|parameters|1", shared("clinicId"))),
        f"{TEMPLATE_VALUES}|parameters|clinicId|parameter",
    ),
    defined(
        "DynamicPropertiesMissing", drop(f"{VARIABLES}|x-ms-dynamic-properties"), f"{VARIABLES}|x-ms-dynamic-schema"
    ),
    defined(
        "DynamicPropertiesItemValuePathMismatch",
        drop(f"{VARIABLES}|x-ms-dynamic-properties|itemValuePath"),
        f"{VARIABLES}|x-ms-dynamic-properties|itemValuePath",
    ),
    set_to("DynamicExtensionDefinitionNotAllowedInParameter", f"{REMIND}|parameters|0|x-ms-dynamic-schema", {"a": "b"}),
    defined(
        "InvalidNextLinkNameValue",
        put(f"{LIST}|x-ms-pageable", {"nextLinkName": "nextCursor"}),
        f"{LIST}|x-ms-pageable|nextLinkName",
    ),
    defined(
        "OperationParameterRequiredMismatch",
        put(f"{REMIND}|parameters|0|schema|required", ["patientPhone", "source"]),
        f"{TEMPLATE_VALUES}|parameters|clinicId|parameter",
        f"{TEMPLATE_LIST}|parameters|clinicId|parameterReference",
    ),
]

LEFT_OVERS = [
    set_to("EmptyLeftOver", "responses", {}),
    set_to("EmptyLeftOver", "definitions|Message|properties|id|x-ms-summary", {}),
]

BROKEN: list[Broken] = [*ENUMS, *SCHEMAS, *DYNAMICS, *LEFT_OVERS]
