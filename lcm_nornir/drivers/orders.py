"""How a line that changes something is typed at a CLI that asks: what is known is answered, the rest interrupted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping

from lcm_nornir.drivers.base import Session
from lcm_nornir.errors import CommandRefused, ReplyTimeout, SessionLost, UnexpectedQuestion

ASKS = (
    r"(?:\?|\[[^\]\n]*(?:yes/no|y/n|confirm|no|n)[^\]\n]*\]\s*[:?]?|\]:|\((?:y/n|yes/no)\)\s*[:?]?"
    r"|(?i:user ?name|password)[^\n:]{0,80}:)[ \t]*$"
)
"""Pattern of what looks like a question at the end of what was printed, whatever it asks."""
_MOST = 12  # questions of one command
_NEVER = "(?!)"


def ordered(ssh: Session, command: str, known: Mapping[str, str], *, timeout: float | None = None) -> str:
    """Type a line, answer the questions that are known, and give all that was said without the prompt.

    Args:
        ssh: The session.
        command: The line.
        known: Pattern of a question to its answer; a pattern need not end the text, since log lines may follow.
        timeout: Seconds for each reply.

    Raises:
        UnexpectedQuestion: It asked something else; it was interrupted.
    """
    until, said = _until(ssh, known), ""
    reply = answered(ssh, command, lambda: ssh.send(command, until=until, timeout=timeout))
    for _ in range(_MOST):
        said += reply + "\n"
        if re.search(ssh.prompt, reply):
            return re.sub(ssh.prompt, "\n", said).strip("\n")
        reply = ssh.answer(_answer(ssh, command, known, reply), until=until, timeout=timeout)
    raise interrupted(ssh, command, said)


def obeyed(
    ssh: Session, command: str, refusals: str, known: Mapping[str, str] | None = None, *, timeout: float | None = None
) -> str:
    """Type a line as `ordered`, and give what was said if the CLI takes the line.

    Raises:
        CommandRefused: It does not.
        UnexpectedQuestion: It asked something else; it was interrupted.
    """
    return checked(command, ordered(ssh, command, known or {}, timeout=timeout), refusals)


def held(ssh: Session, command: str, known: Mapping[str, str], *, timeout: float, begun: str = _NEVER) -> Iterator[str]:
    """Type a line that keeps the session busy for long; as `ordered`.

    Args:
        ssh: The session.
        command: The line.
        known: As for `ordered`.
        timeout: Seconds in all.
        begun: Pattern of what tells that it has begun, and is not interrupted any more.

    Yields:
        All that was said so far; the last is all of it, without the prompt.

    Raises:
        UnexpectedQuestion: It asked something else; it was interrupted.
        SessionLost: It asked something else, or seemed to, after it had begun; it goes on, or waits for an answer.
    """
    end, said, typed = time.monotonic() + timeout, "", command
    for _ in range(_MOST):
        piece, asks = "", not re.search(begun, said)
        for piece in ssh.hold(typed, until=_until(ssh, known, asks=asks), timeout=max(end - time.monotonic(), 0.0)):
            yield said + re.sub(ssh.prompt, "\n", piece)
        said += re.sub(ssh.prompt, "\n", piece) + "\n"
        if re.search(ssh.prompt, piece):
            return
        if re.search(begun, said) and not any(re.search(question, piece) for question in known):
            raise SessionLost("it may ask something unknown; it was not interrupted", command=command, said=said)
        typed = _answer(ssh, command, known, piece)
    if re.search(begun, said):
        raise SessionLost("it asks without end; it was not interrupted", command=command, said=said)
    raise interrupted(ssh, command, said)


def _until(ssh: Session, known: Mapping[str, str], *, asks: bool = True) -> str:
    return "|".join((ssh.prompt, *known, *([ASKS] if asks else [])))


def _answer(ssh: Session, command: str, known: Mapping[str, str], reply: str) -> str:
    for question, answer in known.items():
        if re.search(question, reply):
            return answer
    raise interrupted(ssh, command, reply)


def checked(command: str, reply: str, refusals: str) -> str:
    """Give the reply to a command, unless its first lines are a CLI's error; further down anything may stand.

    Raises:
        CommandRefused: It is one.
    """
    if re.search(refusals, reply[:300]):
        raise CommandRefused("the switch refused the command", command=command, said=reply)
    return reply


def answered(ssh: Session, command: str, type_it: Callable[[], str]) -> str:
    """Give the reply; where it stops in mid-line the switch may ask something in a form that nobody knows.

    Raises:
        UnexpectedQuestion: It did: the prompt came back when it was interrupted.
        ReplyTimeout: It said nothing, or nobody knows what it does.
    """
    try:
        return type_it()
    except ReplyTimeout as error:
        if (last := error.said.rpartition("\n")[2].strip()) in ("", "yes", "no") or last.endswith(command):
            raise  # silence, after the echo: who interrupts that may interrupt what goes well
        raise interrupted(ssh, command, error.said) from error


def interrupted(ssh: Session, command: str, said: str) -> UnexpectedQuestion:
    """Interrupt a question that nobody knows, and give the error that tells it."""
    ssh.interrupt()
    return UnexpectedQuestion(
        "an unknown question was interrupted, not answered",
        command=command,
        said=said,
        remedy="answer it by hand, and report the question, so that the driver learns it",
    )


def called_off(command: str = "reload") -> CommandRefused:
    """Give the error of a reload that was called off since the configuration is not saved."""
    return CommandRefused(
        "called off: the configuration was changed and is not saved", command=command, remedy="save it, then run again"
    )


def not_taken(ssh: Session, reply: str) -> CommandRefused | UnexpectedQuestion:
    """Give the error of a reload that was not taken; a question that it ended in is interrupted."""
    if re.search(ssh.prompt, reply):
        return CommandRefused("the switch did not take the reload", command="reload", said=reply)
    return interrupted(ssh, "reload", reply)
