"""What the services get from the wiring beside storage: channels and sources, by name."""

from collections.abc import Awaitable, Callable

from shared.channels.contract import Callback, Channel
from shared.domain.clinic import Clinic
from shared.domain.reply import Lexicon
from shared.sources.contract import Source

OpenChannel = Callable[[str, str], Awaitable[Channel]]
"""(channel name, account) -> the channel. Raises ConfigurationError for an account without credentials, NotFound for a
channel that does not exist."""

OpenCallback = Callable[[str, str], Awaitable[Callback]]
"""(channel name, account) -> the reader of its callbacks. Raises as OpenChannel."""

OpenSource = Callable[[Clinic], Awaitable[Source]]
"""The clinic's own source; the caller closes it. Raises ConfigurationError."""

NewId = Callable[[], str]
"""A fresh random id (an owner of a lock, a run)."""

ReadLexicon = Callable[[], Lexicon]
"""The words by which answers are understood; cheap after the first call."""
