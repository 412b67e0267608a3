"""What can go wrong, as values: one class per word of the LCM API's error enum.

Every error is plain data (it survives pickling) and tells what happened, on which switch, in which step, what the
switch said, and what to do next::

    LcmError
     ├─ MalformedImageUrl            Request
     ├─ AnotherInstallInProgress
     ├─ ImageUrlNotReachable         Fetch
     ├─ DownloadFailed
     ├─ ExtractionFailed             Check
     ├─ DownloadValidationFailed
     ├─ ImageInstallFailed           Install
     ├─ ImageSetBootFailed           Activation
     ├─ ImageActivationFailed
     │   ├─ DidNotReboot             the boot from before still runs
     │   └─ MayYetReboot             what makes it reboot goes on for longer than it may
     ├─ SwitchUnreachable            Any time
     │   └─ ReachabilityTimedOut     it went down for the reload and did not come back
     ├─ NotReady                     refused at readiness, nothing changed: no word of the API
     │   └─ OwnedElsewhere           another job works on it
     │       └─ LeftUnfinished       another job has left it unfinished
     ├─ NotBegun                     never touched: no word of the API
     ├─ Stopped                      stopped at a safe point on request
     │   └─ JournalFailed            the journal cannot take an intent, so nothing was sent
     ├─ Held                         waits for a person
     │   └─ OwnershipLost            another controller has taken the switch over
     └─ UnexpectedFailure            an exception of ours: gets the word of its phase
    RequestError                     bad input, before any switch is touched
     └─ Refused                      a request to the API, told by a localization key
         ├─ Invalid                  its content cannot be used
         ├─ NotFound                 there is no such thing
         ├─ NotAllowed               not by this user
         ├─ WrongState               not now
         └─ NotAsSeen                it is not any more what the client has seen
    SessionError                     the door's own: what SSH did; tasks give it a meaning
     ├─ ConnectFailed                name, route, refusal, silence
     │   ├─ SessionLimit             the switch accepts no further session now
     │   └─ NoDescriptor             this machine has no file descriptor left
     ├─ AuthenticationFailed
     ├─ HostKeyRejected              unknown, changed or revoked
     │   └─ JumpHostRejected         the jump host's
     ├─ NoCommonAlgorithm
     ├─ SessionLost                  it was open and is gone
     ├─ ReplyTimeout                 it is open and the prompt did not come
     ├─ CommandRefused               the CLI answered with an error
     │   ├─ ImageRejected            because of the image: its signature, or the platform that it is for
     │   ├─ NextBootRefused          because of what would boot next
     │   └─ InstallerBusy            because another copy, installation or activation goes on
     ├─ UnexpectedQuestion           a prompt that the driver does not know
     └─ UnexpectedOutput             an answer that cannot be read
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Self


class _Plain(Exception):
    """An exception made of keyword fields, the same after pickling, copying and crossing processes."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        for name, value in fields.items():
            setattr(self, name, value)
        self._fields = tuple(fields)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, {name: getattr(self, name) for name in self._fields})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash(type(self))  # fields may be written later


def _rebuild(kind: type[_Plain], message: str, fields: dict[str, Any]) -> _Plain:
    return kind(message, **fields)


class LcmError(_Plain):
    """A switch's update did not go well.

    Attributes:
        message: One sentence: what happened.
        host: Inventory name of the switch; empty until the step that failed has signed the error.
        step: The step in which it happened, for example ``install``.
        command: The command that was sent last, if one is to blame.
        said: What the switch said, secrets removed.
        remedy: What a person should do next.
    """

    word: ClassVar[str] = "NOT_SET"
    """The API's error word (``lcm-api.md`` section 1); NOT_SET where the API has none."""

    host: str
    step: str
    command: str
    said: str
    remedy: str

    def __init__(
        self, message: str, *, host: str = "", step: str = "", command: str = "", said: str = "", remedy: str = ""
    ) -> None:
        super().__init__(message, host=host, step=step, command=command, said=said, remedy=remedy)

    def at(self, host: str, step: str) -> Self:
        """Sign the error with the switch and the step, unless it is signed already."""
        self.host = self.host or host
        self.step = self.step or step
        return self

    def note(self, text: str) -> Self:
        """Add what else is to be known, for example what the next power cycle runs."""
        self.message = f"{self.message}; {text}"
        return self

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.host, self.step) if part)
        text = f"{place}: {self.message}" if place else self.message
        command = self.command if self.command not in self.message else ""
        if self.said:
            text += f"; the switch said: {self.said.strip()!r}" + (f" to {command!r}" if command else "")
        elif command:
            text += f"; the command was {command!r}"
        if self.remedy:
            text += f" ({self.remedy})"
        return text


class MalformedImageUrl(LcmError):
    """The URL is wrong for this switch's OS, or the switch calls it illegal."""

    word = "MALFORMED_IMAGE_URL"


class AnotherInstallInProgress(LcmError):
    """The switch's installer is busy with something that is not ours."""

    word = "ANOTHER_INSTALL_IN_PROGRESS"


class ImageUrlNotReachable(LcmError):
    """No byte of the image arrived."""

    word = "IMAGE_URL_NOT_REACHABLE"


class DownloadFailed(LcmError):
    """Bytes came, then it ended; or there is no room for them."""

    word = "DOWNLOAD_FAILED"


class ExtractionFailed(LcmError):
    """The image cannot be unpacked."""

    word = "EXTRACTION_FAILED"


class DownloadValidationFailed(LcmError):
    """Size, digest, signature or platform is wrong; nothing was installed."""

    word = "DOWNLOAD_VALIDATION_FAILED"


class ImageInstallFailed(LcmError):
    """The installer failed, or claims success while the image is not there."""

    word = "IMAGE_INSTALL_FAILED"


class ImageSetBootFailed(LcmError):
    """What boots next is not what was asked for."""

    word = "IMAGE_SET_BOOT_FAILED"


class ImageActivationFailed(LcmError):
    """The switch does not run the new image."""

    word = "IMAGE_ACTIVATION_FAILED"


class SwitchUnreachable(LcmError):
    """The switch could not be reached, or was lost and never answered again."""

    word = "SWITCH_UNREACHABLE"


class DidNotReboot(ImageActivationFailed):
    """The boot from before the reload still runs after the time in which it had to end."""


class MayYetReboot(ImageActivationFailed):
    """What was sent goes on for longer than it may, and may still end in a reboot: nothing is put back under it."""


class ReachabilityTimedOut(SwitchUnreachable):
    """The switch was sent into its reload and did not come back, or not stably, within the limit."""


class NotReady(LcmError):
    """Refused at readiness by our own policy, or its answers cannot be read; nothing was changed."""


class OwnedElsewhere(NotReady):
    """Another job works on this switch."""


class LeftUnfinished(OwnedElsewhere):
    """A job that nobody runs any more has left a change of this switch unfinished."""


class NotBegun(LcmError):
    """The switch was not touched: skipped, held back, or the run was stopped before its turn."""


class Stopped(LcmError):
    """Stopped at a safe point because somebody asked for it, or because its peer must not be joined in the dark."""


class JournalFailed(Stopped):
    """The journal could not store an intent, so the command was not sent."""


class Held(LcmError):
    """It waits for a person: what happened cannot be told, or must be decided by somebody."""


class OwnershipLost(Held):
    """Another controller has taken the switch over, or may have: nothing more is sent from here."""


class UnexpectedFailure(LcmError):
    """An exception of ours; the status gets the word of the phase in which it was raised."""


class RequestError(_Plain):
    """Bad input. Raised before any switch is touched.

    Attributes:
        field: The name of what is wrong, as the user wrote it.
        message: What is wrong with it.
        cure: What to write instead.
    """

    field: str
    cure: str

    def __init__(self, message: str, *, field: str = "", cure: str = "") -> None:
        super().__init__(message, field=field, cure=cure)

    def __str__(self) -> str:
        text = f"{self.field}: {self.message}" if self.field else self.message
        return f"{text}; {self.cure}" if self.cure else text


class Refused(RequestError):
    """A request to the API that is refused; nothing has changed.

    Attributes:
        key: Localization key of the message; empty if it has none.
        params: The values in it as a JSON array of texts, in the catalogue's order; empty if there are none.
    """

    key: str
    params: str

    def __init__(self, message: str, *, field: str = "", cure: str = "", key: str = "", params: str = "") -> None:
        _Plain.__init__(self, message, field=field, cure=cure, key=key, params=params)

    @property
    def values(self) -> tuple[str, ...]:
        """The values in the message."""
        return tuple(json.loads(self.params or "[]"))


class Invalid(Refused):
    """What was sent has the right form, and cannot be used."""


class NotFound(Refused):
    """There is no such thing."""


class NotAllowed(Refused):
    """This user must not do it, or not in this case."""


class WrongState(Refused):
    """Not now: what it is about is in another state, or was changed meanwhile, or a switch is another job's."""


class NotAsSeen(Refused):
    """What it is about is not any more what the client has seen."""


class SessionError(_Plain):
    """What SSH did. Internal: a task turns it into the `LcmError` that it means there.

    Attributes:
        command: The command that was under way, empty while connecting.
        said: What the switch printed, as far as it came.
        remedy: What a person should do next.
    """

    command: str
    said: str
    remedy: str

    def __init__(self, message: str, *, command: str = "", said: str = "", remedy: str = "") -> None:
        super().__init__(message, command=command, said=said, remedy=remedy)


class ConnectFailed(SessionError):
    """No SSH session came about: name, route, refusal or silence."""


class SessionLimit(ConnectFailed):
    """The switch takes no further session at the moment."""


class NoDescriptor(ConnectFailed):
    """This machine has no file descriptor left: it says nothing of the switch."""


class AuthenticationFailed(SessionError):
    """User or password refused."""


class HostKeyRejected(SessionError):
    """The host key is unknown, revoked, or not the one that is trusted. Never a time-out, never retried."""


class JumpHostRejected(HostKeyRejected):
    """The host key of the jump host, as its SSH client says."""


class NoCommonAlgorithm(SessionError):
    """Key exchange found no algorithm that both sides accept."""


class SessionLost(SessionError):
    """The session was open and is gone."""


class ReplyTimeout(SessionError):
    """The session is open and the prompt did not come within the limit."""


class CommandRefused(SessionError):
    """The CLI answered the command with an error."""


class ImageRejected(CommandRefused):
    """The CLI refused because of the image: its signature, or the platform that it is for."""


class NextBootRefused(CommandRefused):
    """The CLI refused, or was not asked, because of what would boot next: not what was asked for."""


class InstallerBusy(CommandRefused):
    """The CLI refused because another copy, installation or activation goes on."""


class UnexpectedQuestion(SessionError):
    """The switch asked something that the driver does not know; it was interrupted, not answered."""


class UnexpectedOutput(SessionError):
    """An answer that cannot be read. Never a guess: `said` is the raw text."""


def word_of(error: BaseException | None) -> str:
    """Give the API's error word for an error, NOT_SET where the API has none."""
    return error.word if isinstance(error, LcmError) else "NOT_SET"
