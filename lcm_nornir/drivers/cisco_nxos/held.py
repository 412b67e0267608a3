"""The two commands of NX-OS that keep their session busy: ``copy``, and ``install all``, which also reboots."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import suppress

from lcm_nornir.drivers import cisco, orders
from lcm_nornir.drivers.base import Activity, CopyState, InstallerState, InstallState, Session
from lcm_nornir.drivers.cisco_nxos import installation, parse, words
from lcm_nornir.drivers.words import Means
from lcm_nornir.errors import CommandRefused, InstallerBusy, ReplyTimeout, SessionError, SessionLost

_VRF = r"Enter vrf \([^()\n]*\):"
# not in the document: from public transcripts; it comes where an earlier copy has left a file
_OVERWRITE = r"(?i:overwrite) \((?:y/n|yes/no)\)"
_COPIED = re.compile(r"(?m)^[ \t]*Copy complete\.")
_METER = re.compile(
    r"\d{1,3}%[ \t]+[\d.]+[KMGT]?B|^[ \t]*\[?#+"
    r"|^[ \t]*(?:\d{1,3}[ \t]+\S+[ \t]+\d{1,3}[ \t]|% Total[ \t]|Dload[ \t])"  # as curl's, if it is that by HTTP
)
# without its end, since what came of it so far must not be taken for a question that nobody knows
_CONTINUE = r"Do you want to continue with the installation \(y/n\)"
_LEEWAY = 60.0  # seconds; who listens has the limit, and ends it first


def fetched(ssh: Session, url: str, name: str, vrf: str) -> Generator[InstallerState, None, str]:
    """Let the switch fetch a file, and yield how that stands.

    Whoever closes the generator before wants the copy ended: it is interrupted. So it is to be delegated to by ``yield
    from``: that closes it at once, and a loop over it only when its last reference drops.

    Returns:
        All that the switch said.

    Raises:
        CommandRefused: The CLI does not take the line.
        UnexpectedQuestion: It asked something else, such as for a password; it was interrupted.
        ReplyTimeout: It did not end within the limit; it was interrupted.
    """
    command = f"copy {url} bootflash:{name} vrf {vrf}"
    said = ""
    try:
        for said in orders.held(ssh, command, {_VRF: vrf, _OVERWRITE: "y"}, timeout=ssh.limits.download + _LEEWAY):
            yield copying(said)
    except GeneratorExit:
        with suppress(SessionError):  # a session that is lost ends the copy, too
            ssh.interrupt()
        raise
    except ReplyTimeout:
        ssh.interrupt()
        raise
    return orders.checked(command, said, cisco.REFUSALS)


def copying(said: str) -> InstallerState:
    """Tell how a copy stands that runs."""
    percent, transferred, rate = cisco.progress(said)
    told = [line for line in said.split("\n") if line.strip() and not _METER.search(line)]
    detail = told[-1].strip() if told else "in progress"
    copy = CopyState(Activity.RUNNING, detail, transferred=transferred, rate=rate, percent=percent)
    return InstallerState(copy, busy=True)


def copied(said: str, size: int | None, before: int | None) -> InstallerState:
    """Tell how a copy ended: by the switch's word that it is complete, and by the file that is there.

    Args:
        said: All that the switch said.
        size: Bytes of the file that is there now; None if there is none.
        before: The same before it was copied.
    """
    if _COPIED.search(said) and size is not None:
        return InstallerState(CopyState(Activity.DONE, "Copy complete.", transferred=size, size=size, percent=100))
    percent, transferred, _ = cisco.progress(said)
    arrived = size if size is not None and size != before else 0
    detail = words.telling("\n".join(line for line in said.splitlines() if not _METER.search(line)))
    return InstallerState(CopyState(Activity.FAILED, detail, transferred=max(transferred, arrived), percent=percent))


def pushed(size: int | None, wanted: int | None) -> InstallerState:
    """Tell how a push ended: by the bytes of the file that is there; None if there is none."""
    whole = size is not None and size == wanted
    activity = Activity.DONE if whole else Activity.FAILED
    return InstallerState(CopyState(activity, "pushed", transferred=size or 0, size=wanted or 0))


def activated(ssh: Session, name: str) -> Iterator[InstallerState]:
    """Let the switch check an image, make it the next boot and reboot; ends when it says that it will.

    Until its question is answered nothing is changed, and what is not known is interrupted; after that nothing is.

    Raises:
        InstallerBusy: Another installation runs.
        CommandRefused: It ended without a question and without a reason that is known; nothing was begun.
        UnexpectedQuestion: It asked something else; nothing was begun.
        SessionLost: The session dropped, or tells nothing of what became of it.
    """
    command, said = f"install all nxos bootflash:{name}", ""
    begun = rf"{installation.BEGUN.pattern}|{_CONTINUE}"  # the question is answered at once, and that begins it
    try:
        for said in orders.held(ssh, command, {_CONTINUE: "y"}, timeout=ssh.limits.install + _LEEWAY, begun=begun):
            yield _installing(said)
    except (GeneratorExit, ReplyTimeout) as error:
        # who closes it may do so between question and answer; a line follows the question only when that was typed
        answered = begun if isinstance(error, ReplyTimeout) else rf"{installation.BEGUN.pattern}|{_CONTINUE}[^\n]*\n"
        if not re.search(answered, said):
            with suppress(SessionError):  # it waits for an answer, and changes nothing without
                ssh.interrupt()
        raise
    is_begun = re.search(begun, said) is not None
    if not is_begun:
        orders.checked(command, said, cisco.REFUSALS)
    yield InstallerState(install=_kept(ssh, _ended(command, said, begun=is_begun), name))


def _installing(said: str) -> InstallerState:
    detail, percent = installation.progress(said)
    last = said.rstrip().rpartition("\n")[2].strip()  # it may be a question that nobody knows
    return InstallerState(install=InstallState(Activity.RUNNING, detail or last, percent=percent), busy=True)


def _ended(command: str, said: str, *, begun: bool) -> InstallState:
    state, means = installation.ended(said), words.meaning(said)
    if state.activity is Activity.DONE:
        return state
    if means is Means.GOES_ON:
        raise SessionLost("only this session's side of the installation ended: it goes on", command=command, said=said)
    if means is Means.BUSY and not installation.BEGUN.search(said):  # also after the answer
        raise InstallerBusy("another installation runs", command=command, said=said)
    if state.activity is Activity.FAILED:
        return state
    if begun:
        raise SessionLost("what became of the installation is not told", command=command, said=said)
    if means is not None:
        return installation.failure(said)
    raise CommandRefused("it ended before it began", command=command, said=said)


def _kept(ssh: Session, state: InstallState, name: str) -> InstallState:
    """Look whether the image boots next, where a success is claimed and no reboot is announced."""
    if state.activity is not Activity.DONE or state.detail not in installation.STAYS_UP:
        return state
    if parse.next_boot(ssh.send("show boot")) == name:
        return state
    return InstallState(Activity.FAILED, state.detail, hollow=True)
