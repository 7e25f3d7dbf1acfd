"""What tells other systems of events."""

from shared.services.publishing.facts import ReadNews
from shared.services.publishing.feed import FeedSubscribers
from shared.services.publishing.revoked import RevokedKeys
from shared.services.publishing.subscribe import Subscribe, Unsubscribe
from shared.services.publishing.tell import TellSubscriber
from shared.services.publishing.trouble import TroubledSubscriptions
from shared.wiring.parts import Parts


def make_subscribe(parts: Parts) -> Subscribe:
    return Subscribe(
        subscriptions=parts.storage.subscriptions,
        book=parts.book,
        subscribers=parts.subscribers,
        clinics=parts.clinics,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
    )


def make_unsubscribe(parts: Parts) -> Unsubscribe:
    return Unsubscribe(
        subscriptions=parts.storage.subscriptions, book=parts.book, pseudonyms=parts.pseudonyms, clock=parts.clock
    )


def make_feed_subscribers(parts: Parts) -> FeedSubscribers:
    storage = parts.storage
    return FeedSubscribers(
        subscriptions=storage.subscriptions,
        outbox=storage.outbox,
        trouble=_trouble(parts),
        revoked=RevokedKeys(storage.api_keys, parts.clock),
        clock=parts.clock,
    )


def make_tell_subscriber(parts: Parts) -> TellSubscriber:
    storage = parts.storage
    return TellSubscriber(
        subscriptions=storage.subscriptions,
        outbox=storage.outbox,
        read_news=ReadNews(
            messages=storage.messages,
            inbound=storage.inbound,
            patients=storage.patients,
            clinics=parts.clinics,
            clock=parts.clock,
        ),
        subscribers=parts.subscribers,
        trouble=_trouble(parts),
        clock=parts.clock,
    )


def _trouble(parts: Parts) -> TroubledSubscriptions:
    return TroubledSubscriptions(
        subscriptions=parts.storage.subscriptions,
        book=parts.book,
        worklist=parts.storage.worklist,
        pseudonyms=parts.pseudonyms,
    )
