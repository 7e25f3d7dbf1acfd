"""Until when free text may go to somebody who wrote: the channel's customer-service window, a little shortened."""

from datetime import datetime, timedelta

from shared.channels.contract import Channel

BEFORE_WINDOW_ENDS = timedelta(minutes=5)  # our clock and the provider's need not agree


def window_ends(wrote_at: datetime, channel: Channel) -> datetime:
    """The instant from which nothing goes any more, by what was written at `wrote_at`."""
    return wrote_at + channel.reply_window - BEFORE_WINDOW_ENDS
