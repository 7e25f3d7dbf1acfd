"""Subscriptions: triggers of the Power Platform. One path for each event, since a connector describes what is posted by
path; one way to end any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypedDict

from annotated_types import MaxLen

from functions.interface.fields import CLINICS, Channel
from functions.interface.news import MessageNews, OptOutNews, ReplyNews
from functions.interface.operation import CONFIG, Guard, Method, Nothing, Operation, Trigger
from functions.interface.words import Visibility, Words
from shared.domain.topics import Topic
from shared.services.callers import Permission

if TYPE_CHECKING:
    from shared.services.publishing.subscribe import Subscribed

LONGEST_URL = 16_384


@dataclass(frozen=True, slots=True)
class SubscribeBody:
    __pydantic_config__: ClassVar = CONFIG

    callback_url: Annotated[
        str,
        MaxLen(LONGEST_URL),
        Words("Callback URL", "Where events are sent; set by the platform.", Visibility.INTERNAL, callback=True),
    ]
    clinic_id: Annotated[
        str, MaxLen(40), Words("Clinic", "Only what happens in this clinic; empty: in all of yours.", drop_down=CLINICS)
    ] = ""
    channel: Channel = ""


class SubscriptionAnswer(TypedDict):
    """A subscription that has begun."""

    id: Annotated[str, Words("Subscription", "Opaque id of the subscription.")]
    event: Annotated[str, Words("Event", "What it tells of.")]
    clinicId: Annotated[str | None, Words("Clinic", "The clinic it is about; empty for all of yours.")]
    channel: Annotated[str, Words("Channel", "The channel it is about; any for all of them.")]


def _subscription(topic: Topic, id: str, summary: str, description: str, trigger: Trigger) -> Operation[Any, Any]:  # noqa: A002
    return Operation(
        id=id,
        method=Method.POST,
        path=f"triggers/{topic}/subscriptions",
        summary=summary,
        description=description,
        permission=Permission.READ,
        query=Nothing,
        body=SubscribeBody,
        answer=SubscriptionAnswer,
        status=201,
        errors=(404, 409, 413, 415),
        any_channel=True,
        visibility=Visibility.IMPORTANT,
        trigger=trigger,
    )


BY_TOPIC: dict[Topic, Operation[Any, Any]] = {
    Topic.MESSAGE_SENT: _subscription(
        Topic.MESSAGE_SENT,
        "WhenAMessageIsSent",
        "When a message is sent",
        "This operation triggers when a provider takes a message.",
        Trigger(Topic.MESSAGE_SENT, "Send a test message to your own phone.", MessageNews),
    ),
    Topic.MESSAGE_STATUS: _subscription(
        Topic.MESSAGE_STATUS,
        "WhenAMessageStatusChanges",
        "When a message status changes",
        "This operation triggers when a message is sent on, delivered, read, cancelled, dropped or fails.",
        Trigger(Topic.MESSAGE_STATUS, "Send a test message to your own phone and open it.", MessageNews),
    ),
    Topic.MESSAGE_FAILED: _subscription(
        Topic.MESSAGE_FAILED,
        "WhenAMessageFails",
        "When a message fails",
        "This operation triggers when a message failed for good, could not go, or may not have arrived.",
        Trigger(Topic.MESSAGE_FAILED, "Send a test message to a number that cannot receive it.", MessageNews),
    ),
    Topic.PATIENT_REPLY: _subscription(
        Topic.PATIENT_REPLY,
        "WhenAPatientReplies",
        "When a patient replies",
        "This operation triggers when a patient writes or presses a button.",
        Trigger(Topic.PATIENT_REPLY, "Reply to a test message from your phone.", ReplyNews),
    ),
    Topic.PATIENT_OPTED_OUT: _subscription(
        Topic.PATIENT_OPTED_OUT,
        "WhenAPatientOptsOut",
        "When a patient opts out",
        "This operation triggers when a patient stops a channel.",
        Trigger(Topic.PATIENT_OPTED_OUT, "Reply STOP to a test message from your phone.", OptOutNews),
    ),
}
DELETE = Operation(
    id="DeleteSubscription",
    method=Method.DELETE,
    path="subscriptions/{id}/{token}",
    summary="Delete a subscription",
    description="Ends a subscription; the platform calls it when a flow is switched off.",
    permission=Permission.READ,
    query=Nothing,
    body=Nothing,
    answer=Nothing,
    status=204,
    errors=(404,),
    any_channel=True,
    visibility=Visibility.INTERNAL,
    path_words={
        "id": Words("Subscription", "Id of the subscription."),
        "token": Words("Token", "The subscription's own token."),
    },
    guard=Guard.LINK,
)
OPERATIONS = (*BY_TOPIC.values(), DELETE)


def subscription_answer(done: Subscribed) -> SubscriptionAnswer:
    subscription = done.subscription
    clinics = sorted(subscription.clinics or ())
    return {
        "id": subscription.id,
        "event": subscription.topic,
        "clinicId": clinics[0] if len(clinics) == 1 else None,
        "channel": subscription.channel or "any",
    }


def location(base: str, channel: str, done: Subscribed) -> str:
    """Where it ends: the one address that carries its token."""
    return f"{base}/api/{channel}/v1/subscriptions/{done.subscription.id}/{done.token}"
