"""Triggers, security, properties, icon, and values that belong to somebody."""

from infra.power_platform.lint import Publisher
from tests.infra.power_platform.lint.changes import (
    Broken,
    both,
    drop,
    drop_property,
    files,
    in_properties,
    put,
    put_property,
)
from tests.infra.power_platform.lint.good_files import BRAND, icon
from tests.infra.power_platform.lint.good_operations import answers, ref
from tests.infra.power_platform.lint.places import (
    CALLBACK,
    CALLBACK_REQUIRED,
    CONTENT,
    DELETE,
    GET,
    LIST,
    REMIND_BODY,
    TRIGGER,
    TRIGGER_PATH,
    defined,
    dropped,
    propertied,
    set_to,
)

POLICY = "policyTemplateInstances|1"
HOST_CONSTRAINTS = "connectionParameters|host|uiDefinition|constraints"
APIM = "x-ms-apimTemplateParameter"
INDEPENDENT = Publisher.INDEPENDENT
PHONE = f"{REMIND_BODY}|patientPhone|x-ms-test-value"


def drawn(rule: str, content: bytes | None, publisher: Publisher = Publisher.VERIFIED) -> Broken:
    return Broken(rule, files(icon=content), ("icon.png",), publisher)


WEBHOOKS = [
    defined(
        "WebhookOperationsMissingNotificationUrlProperty",
        both(drop(CALLBACK), drop(CALLBACK_REQUIRED)),
        TRIGGER,
    ),
    set_to("NotificationUrlNotAllowedInThisPosition", "parameters|cursor|x-ms-notification-url", True),
    set_to(
        "NotificationUrlNotAllowedInThisPosition",
        "definitions|ReplyEvent|properties|eventId|x-ms-notification-url",
        True,
    ),
    set_to("NotificationUrlNotString", f"{CALLBACK}|type", "object"),
    defined("NotificationUrlNotRequired", put(CALLBACK_REQUIRED, ["clinicId"]), CALLBACK),
    defined("NotificationUrlNotRequired", put(f"{TRIGGER}|parameters|0|required", False), CALLBACK),
    dropped("NotificationUrlNotInternal", f"{CALLBACK}|x-ms-visibility"),
    dropped("OperationMustHaveNotificationContentExtension", CONTENT),
    dropped("WebhookWithoutTrigger", f"{TRIGGER}|x-ms-trigger"),
    set_to("WebhookTriggerNotSingle", f"{TRIGGER}|x-ms-trigger", "batch"),
    defined("WebhookWithoutDelete", drop(DELETE.removesuffix("|delete")), TRIGGER_PATH),
    defined(
        "WebhookDeleteNotInternal",
        both(
            put(f"{DELETE}|x-ms-visibility", "advanced"),
            put(f"{DELETE}|responses", answers(ref("Message"))),
        ),
        f"{DELETE}|x-ms-visibility",
    ),
    set_to("NotificationExtensionNotSupportedInWebhookOperation", f"{TRIGGER}|x-ms-notification", {"operationId": "A"}),
    set_to("NotificationExtensionSupportedForTriggerOnly", f"{LIST}|x-ms-notification", {"operationId": "A"}),
    defined(
        "WebhookDoesNotAnswerCreated", put(f"{TRIGGER}|responses", answers(ref("Subscription"))), f"{TRIGGER}|responses"
    ),
]

SECURITY = [
    defined("SecurityRequirementMustBeDefined", put("security|2", {"basic": []}), "security|2|basic"),
    set_to("SecurityRequirementMustHaveEmptyValue", "security|1|api_key", ["all"]),
    set_to("OAuthSecurityRequirementValueMustBeScopeName", "security|0|oauth2", ["admin"]),
    Broken(
        "SecurityNotServed",
        both(drop_property("connectionParameters|token"), drop("security|1")),
        (in_properties("connectionParameters"),),
    ),
]

PROPERTIES = [
    propertied("IconBrandColorNotValid", put_property("iconBrandColor", "green"), "iconBrandColor"),
    propertied("IconBrandColorReserved", put_property("iconBrandColor", "#007EE5"), "iconBrandColor"),
    propertied(
        "IconBrandColorOfIndependentPublisher", put_property("iconBrandColor", BRAND), "iconBrandColor", INDEPENDENT
    ),
    propertied("PublisherMissing", drop_property("publisher"), "publisher"),
    propertied("StackOwnerMissing", put_property("stackOwner", ""), "stackOwner"),
    propertied("PolicyTemplateUnknown", put_property(f"{POLICY}|templateId", "addheader"), f"{POLICY}|templateId"),
    propertied(
        "PolicyParameterUnknown",
        put_property(f"{POLICY}|parameters|{APIM}.values", "a"),
        f"{POLICY}|parameters|{APIM}.values",
    ),
    propertied("PolicyParameterMissing", drop_property(f"{POLICY}|parameters|{APIM}.value"), f"{POLICY}|parameters"),
    propertied(
        "PolicyOperationNotFound",
        put_property(f"{POLICY}|parameters|x-ms-apimTemplate-operationName", ["SendReminder"]),
        f"{POLICY}|parameters|x-ms-apimTemplate-operationName|0",
    ),
    propertied(
        "ConnectionParameterNotFound",
        drop_property("connectionParameters|host"),
        f"policyTemplateInstances|0|parameters|{APIM}.urlTemplate",
    ),
    propertied(
        "ConstraintNotAString", put_property(f"{HOST_CONSTRAINTS}|required", True), f"{HOST_CONSTRAINTS}|required"
    ),
]

ICON = [
    drawn("IconMissing", None),
    drawn("IconOfIndependentPublisher", icon(), INDEPENDENT),
    drawn("IconNotPng", icon(kind="BMP")),
    drawn("IconNotPng", icon()[:200]),
    drawn("IconNotSquare", icon((230, 220))),
    drawn("IconSize", icon((100, 100), logo=70)),
    drawn("IconNotOpaque", icon(opacity=254)),
    drawn("IconBackground", icon(colour="#123456")),
    drawn("IconLogoSize", icon(logo=60)),
    drawn("IconLogoSize", icon(logo=229)),
]

SECRETS = [
    set_to("SecretInValue", PHONE, "Bearer abcdefgh12345678"),
    set_to("SecretInValue", PHONE, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
    propertied(
        "SecretInValue",
        put_property(f"{POLICY}|parameters|{APIM}.value", "q8Zr4TtYb2LmXc7VnKd1WsEf9GhJp3Ru6AoB5C0Iiw=="),
        f"{POLICY}|parameters|{APIM}.value",
    ),
    set_to("AccountIdInValue", PHONE, 104545025830000),
    set_to("AccountIdInValue", PHONE, "wx1234567890abcdef"),
    set_to("PersonalDataInValue", PHONE, "nurse@hospital.nhs.uk"),
    set_to("PersonalDataInValue", PHONE, "oA1b2C3d4E5f6G7h8I9j0K1l2M3n"),
    set_to("PhoneNumberInValue", PHONE, "+44 7911 123456"),
    propertied(
        "PhoneNumberInValue",
        put_property("connectionParameters|host|defaultValue", "13800138000"),
        "connectionParameters|host|defaultValue",
    ),
    propertied(
        "ClientSecretWritten",
        put_property("connectionParameters|token|oAuthSettings|clientSecret", "hunter2"),
        "connectionParameters|token|oAuthSettings|clientSecret",
    ),
    set_to("ApiVersionAsDefault", f"{GET}|parameters|0|default", "v15.0"),
]

BROKEN: list[Broken] = [*WEBHOOKS, *SECURITY, *PROPERTIES, *ICON, *SECRETS]
