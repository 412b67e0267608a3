"""The installer of IOS-XE: additions, activations and commits, which keep the session busy, and its log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lcm_nornir.drivers import orders
from lcm_nornir.drivers.answers import refuse
from lcm_nornir.drivers.base import Activity, InstallerState, InstallState, Session
from lcm_nornir.drivers.cisco_xe.parse import LOG, lines_of
from lcm_nornir.drivers.cisco_xe.words import INSTALL
from lcm_nornir.drivers.words import Means, meaning
from lcm_nornir.errors import InstallerBusy, SessionLost, UnexpectedOutput

LOG_COMMAND = "show install log"
COUNT_COMMAND = "show install log | count ]:"
PROCEED = r"Do you want to proceed\? ?\[y/n\]"
QUIT = r"Press Quit\(q\) to exit, you may save configuration and re-enter the command\. ?\[y/n/q\]"
BOOT_IS_SET = r"Please confirm you have changed boot config to flash:packages\.conf ?\[y/n\]"
_FAILURE = re.compile(r"FAILED: |^rsync: |^\[\d+\]: % |^% ?Error ")
_VERDICT = re.compile(r"^(SUCCESS|FAILED): (?:install_)?\w+", re.MULTILINE)
# what names the operation, or a sentence that has its end
_WHOLE = re.compile(r"^FAILED: \w*(?:add|activate|commit)|(?:FAILED: |% ).*(?:\.|\bdevice)$")
_FILE_NAME = re.compile(r"\S*\.(?:bin|pkg|conf)\b")
_MOST = 3  # lines of a failure that are told
_COUNT = re.compile(r"^Number of lines which match regexp = (\d+)[ \t]*$", re.MULTILINE)
_LOGGED = re.compile(
    r"^\[\d+\|(\w+)\]: (START|END (\w.*?)) +([A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]+ \S+ \d{4})[ \t]*$"
)
_LOG_LINE = re.compile(r"^\[\d+\|[^\]\n]*\]:(.*)$", re.MULTILINE)
_ADDED = "an image that was added before waits for its activation"
_DISCARD = (  # waiting does not help then
    "see 'show install summary'; 'install remove inactive' discards what was added, and image files too, this one among"
    " them: then run again"
)
_SAME = re.compile(r"Same Image File-No Change")
_NESTING = "install_add_activate"
_BEGUN = rf"(?m)^--- Starting |{PROCEED}"


def carried_out(
    ssh: Session, command: str, verb: str, known: Mapping[str, str], refusals: str
) -> Iterator[InstallerState]:
    """Type what keeps the installer busy; as `Driver.install`. It is never interrupted.

    Args:
        ssh: The session.
        command: The whole line.
        verb: How its verdict names it, such as ``install_add``.
        known: Pattern of a question to its answer.
        refusals: Pattern of the CLI's error reply.

    Raises:
        InstallerBusy: Another operation goes on; nothing was begun.
        CommandRefused: The CLI does not take the line.
        UnexpectedOutput: What it said cannot be read; nothing was begun.
        SessionLost: What became of it is not told; it may go on.
    """
    said = ""
    for said in orders.held(ssh, command, known, timeout=ssh.limits.install, begun=_BEGUN):
        yield InstallerState(install=InstallState(Activity.RUNNING, _last(said)), busy=True)
    orders.checked(command, said, refusals)
    try:
        ended = outcome(command, verb, said)
    except UnexpectedOutput as error:
        if re.search(_BEGUN, said):
            raise SessionLost(error.message, command=command, said=said) from error
        raise
    yield InstallerState(install=ended)


def outcome(command: str, verb: str, said: str) -> InstallState:
    """Read how an operation has ended: by its verdict, the last one if there are several.

    Raises:
        InstallerBusy: Another operation goes on; nothing was begun.
        UnexpectedOutput: There is no verdict.
    """
    lines, adds = lines_of(said), verb != "install_activate"  # what is installed already is not vetoed any more
    failures = [line for line in lines if _FAILURE.search(line)]
    if question := re.search(rf".*{QUIT}", said):  # it was answered by q: nothing was begun
        return InstallState(Activity.FAILED, question[0].strip(), vetoed=adds)
    verdict = next((line for line in reversed(lines) if _VERDICT.match(line)), "")
    if re.match(rf"SUCCESS: {verb}(?!\w)", verdict):
        if same := next((line for line in lines if verb == "install_add" and _SAME.search(line)), ""):
            return InstallState(Activity.UNKNOWN, same)  # nothing was written: it was added before, whole or not
        return InstallState(Activity.DONE, verdict)
    if not any(_WHOLE.search(line) for line in failures):
        raise UnexpectedOutput(f"what became of '{command}' cannot be read", command=command, said=said)
    means = meaning("\n".join(_FILE_NAME.sub("", line) for line in failures), INSTALL)
    if means is Means.BUSY:
        added = any("already added" in line for line in failures)
        raise InstallerBusy(
            _ADDED if added else "another operation goes on",
            command=command,
            said="; ".join(failures[:_MOST]),
            remedy=_DISCARD if added else "",
        )
    return InstallState(
        Activity.FAILED,
        "; ".join(failures[:_MOST]),
        unpacking=means is Means.UNPACKING,
        rejected=means is Means.REJECTED,
        vetoed=adds and means is Means.VETOED,
    )


def log_lines(text: str) -> int | None:
    """Read how many lines the log has; None if the switch cannot count them.

    Raises:
        UnexpectedOutput: Neither a number nor a refusal.
    """
    if found := _COUNT.search(text):
        return int(found[1])
    if re.search(r"(?m)^[ \t]*% ?Invalid input detected", text):
        return None
    raise refuse(COUNT_COMMAND, text, "is no number")


def log_state(text: str, expected: int) -> InstallerState:
    """Read ``show install log``: the last operation that began, and whether it has ended.

    An operation of several steps lasts until its own end. A boot ends whatever had no end before.

    Args:
        text: The answer.
        expected: How many lines it has at least, so that one that was cut is told.
    """
    lines = list(_LOG_LINE.finditer(text))
    if sum("]:" in line and not LOG.match(line) for line in text.splitlines()) < expected:
        raise refuse(LOG_COMMAND, text, f"has not its {expected} lines")
    if lines and _is_cut(lines[-1]):
        raise refuse(LOG_COMMAND, text, "ends in a line that is not whole")
    opened: list[tuple[str, str]] = []
    state = InstallState()
    for name, what, how, when in (match.groups() for line in lines if (match := _LOGGED.match(line[0]))):
        if what == "START":
            opened = [*opened, (name, when)] if opened and opened[0][0].startswith(_NESTING) else [(name, when)]
            state = InstallState(Activity.RUNNING, opened[0][0], opened[0][1])
        elif name in [its for its, _ in opened]:
            opened = opened[: [its for its, _ in opened].index(name)]
            if not opened:
                activity = Activity.DONE if how.startswith("SUCCESS") else Activity.FAILED
                state = InstallState(activity, f"{name}: {how}", state.started)
    return InstallerState(install=state, busy=state.activity is Activity.RUNNING)


def _is_cut(line: re.Match[str]) -> bool:
    rest = line[1].strip()
    begins = any(word.startswith(rest) or rest.startswith(word) for word in ("START", "END"))
    return begins and not _LOGGED.match(line[0])


def _last(said: str) -> str:
    return next(reversed(lines_of(said)), "")
