"""Triggers that are subscribed to: the callback URL, what an event brings, and the DELETE that ends it."""

from collections.abc import Iterator

from infra.power_platform.lint.json_places import at
from infra.power_platform.lint.registry import Fault, error, warning
from infra.power_platform.lint.schema_walk import Node, answer_nodes, body_nodes, event_nodes
from infra.power_platform.lint.view import ConnectorView, Operation

_URL = "x-ms-notification-url"
_CONTENT = "x-ms-notification-content"
_ENDS_A_SUBSCRIPTION = ("subscri", "hook", "trigger", "notification")


def _urls(view: ConnectorView, operation: Operation) -> list[Node]:
    return [node for node in body_nodes(view, operation) if node.schema.get(_URL) is True]


def _with_urls(view: ConnectorView) -> Iterator[Node]:
    for operation in view.operations:
        yield from _urls(view, operation)


def url_present(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.is_webhook and not _urls(view, operation):
            yield Fault(operation.place, f"No property in the body of {operation.label} is the {_URL}.")


def url_in_body(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        for parameter in operation.parameters:
            if _URL in parameter.raw:
                yield Fault(at(parameter.place, _URL), "The callback URL belongs into the body.")
        answers = [node for response in operation.responses for node in answer_nodes(view, response)]
        for node in answers + event_nodes(view, operation):
            if _URL in node.schema:
                yield Fault(at(node.place, _URL), "The callback URL is an input, not an output.")


def url_is_a_string(view: ConnectorView) -> Iterator[Fault]:
    for node in _with_urls(view):
        if node.schema.get("type") != "string":
            yield Fault(at(node.place, "type"), "The callback URL is a string.")


def url_required(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        for node in _urls(view, operation):
            if not node.required_throughout or operation.body is None or not operation.body.required:
                yield Fault(node.place, "The callback URL and all that holds it, the body too, must be required.")


def url_internal(view: ConnectorView) -> Iterator[Fault]:
    for node in _with_urls(view):
        if not node.internal:
            yield Fault(at(node.place, "x-ms-visibility"), "The callback URL, or what holds it, must be internal.")


def content_present(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if _urls(view, operation) and _CONTENT not in operation.item:
            yield Fault(at(operation.item_place, _CONTENT), f"Say what an event of {operation.label} brings.")


def url_only_in_triggers(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if _urls(view, operation) and not operation.is_trigger:
            yield Fault(
                at(operation.place, "x-ms-trigger"), f"{operation.label} takes a callback URL but is no trigger."
            )


def single(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.is_webhook and operation.raw["x-ms-trigger"] != "single":
            yield Fault(at(operation.place, "x-ms-trigger"), 'An event comes alone: write "single".')


def delete_present(view: ConnectorView) -> Iterator[Fault]:
    if any(operation.method == "delete" and operation.internal for operation in view.operations):
        return
    if not list(_shown_deletes(view)):
        for operation in view.operations:
            if operation.is_webhook:
                yield Fault(operation.item_place, f"No internal DELETE ends the subscription of {operation.label}.")


def delete_internal(view: ConnectorView) -> Iterator[Fault]:
    if any(operation.is_webhook for operation in view.operations):
        for operation in _shown_deletes(view):
            yield Fault(at(operation.place, "x-ms-visibility"), f"{operation.label} is for the platform: internal.")


def _shown_deletes(view: ConnectorView) -> Iterator[Operation]:
    """DELETEs that makers see though their path says that they end a subscription."""
    for operation in view.operations:
        ends_one = any(word in operation.path.lower() for word in _ENDS_A_SUBSCRIPTION)
        if operation.method == "delete" and ends_one and not operation.internal:
            yield operation


def no_notification_in_webhooks(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.is_webhook and "x-ms-notification" in operation.raw:
            yield Fault(at(operation.place, "x-ms-notification"), "A webhook has x-ms-notification-content alone.")


def notification_in_triggers(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if not operation.is_trigger and "x-ms-notification" in operation.raw:
            yield Fault(at(operation.place, "x-ms-notification"), "Only triggers notify.")


def answers_created(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.is_webhook and not any(response.code == "201" for response in operation.responses):
            said = f"{operation.label} answers 201 with the Location that ends the subscription."
            yield Fault(at(operation.place, "responses"), said)


RULES = (
    error("WebhookOperationsMissingNotificationUrlProperty", url_present),
    error("NotificationUrlNotAllowedInThisPosition", url_in_body),
    error("NotificationUrlNotString", url_is_a_string),
    error("NotificationUrlNotRequired", url_required),
    error("NotificationUrlNotInternal", url_internal),
    error("OperationMustHaveNotificationContentExtension", content_present),
    warning("WebhookWithoutTrigger", url_only_in_triggers),  # an action that waits for an answer may mean it
    error("WebhookTriggerNotSingle", single),
    error("WebhookWithoutDelete", delete_present),
    error("WebhookDeleteNotInternal", delete_internal),
    error("NotificationExtensionNotSupportedInWebhookOperation", no_notification_in_webhooks),
    error("NotificationExtensionSupportedForTriggerOnly", notification_in_triggers),
    warning("WebhookDoesNotAnswerCreated", answers_created),
)
