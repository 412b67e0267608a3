"""The commands that change something or take their time, but for copies and installs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lcm_nornir.simulator.cisco_xe import invented, noise
from lcm_nornir.simulator.cisco_xe.flash import name_of
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Hang, Held, Outcome, Step, agreed

if TYPE_CHECKING:
    from collections.abc import Generator

    from lcm_nornir.simulator.blobs import Blob
    from lcm_nornir.simulator.cisco_xe.cli import Cli
    from lcm_nornir.simulator.cisco_xe.switch import Switch

INVALID = "% Invalid input detected at '^' marker.\n"
_MODIFIED = "\nSystem configuration has been modified. Save? [yes/no]: "
_DIGESTS = {"/md5": "md5", "/sha512": "sha512"}
_VERIFYING = 0.05  # share of an install's duration
_DOTS = 40


def confirmed(question: str) -> Generator[Step, str, bool]:
    """Ask for a confirmation, which is one key: Enter and ``y`` are the only ones that give it."""
    return (yield Ask(question, key=True)).lower() in {"", "y"}


def proceeds(question: str) -> Generator[Step, str, bool]:
    """Ask ``[y/n]`` until the answer is one of the two."""
    return (yield from agreed(question, f"Please answer 'y' or 'n'.\n{question.rpartition(chr(10))[2]}"))


def save(cli: Cli) -> str:
    """Save the configuration, and say how that went."""
    if "save-refused" in cli.switch.faults:
        return invented.text(invented.SAVE_REFUSED, cli.switch.draws)
    cli.switch.save()
    return noise.warned(cli.switch, "Building configuration...\n[OK]")


def write(cli: Cli, words: list[str]) -> Outcome:
    """``write`` and ``write memory``."""
    return save(cli) if not words or (len(words) == 1 and "memory".startswith(words[0])) else INVALID


def delete(cli: Cli, words: list[str]) -> Outcome:
    """``delete [/force] flash:F``."""
    forced = "/force" in words or "/f" in words
    names = [name_of(word) for word in words if not word.startswith("/")]
    return _delete(cli, names[0], forced=forced) if len(names) == 1 and names[0] else INVALID


def _delete(cli: Cli, name: str, *, forced: bool) -> Dialogue:
    if not forced:
        name = (yield Ask(f"Delete filename [{name}]? ")).strip() or name
        if not (yield from confirmed(f"Delete flash:/{name}? [confirm]")):
            return f"Delete of flash:/{name} aborted!"
    if cli.switch.flash.files.pop(name, None) is None:
        return f"%Error deleting flash:{name} (No such file or directory)"
    cli.switch.effect("deleted", path=f"flash:{name}")
    return noise.warned(cli.switch, "")


def verify(cli: Cli, words: list[str]) -> Outcome:
    """``verify {/md5 | /sha512} flash:F [HASH]``, and ``verify flash:F``, which looks at the signature."""
    algorithm, words = (_DIGESTS[words[0]], words[1:]) if words and words[0] in _DIGESTS else ("", words)
    name = name_of(words[0]) if words else None
    if name is None or len(words) > (2 if algorithm else 1):
        return INVALID
    file = cli.switch.flash.files.get(name)
    if file is None or file.content is None:
        return f"%Error verifying flash:{name} (No such file or directory)"
    submitted = words[1].lower() if words[1:] else ""
    return _verify(cli.switch, name, file.content, algorithm, submitted)


def _verify(switch: Switch, name: str, content: Blob, algorithm: str, submitted: str) -> Dialogue:
    async def dots() -> str:
        await asyncio.sleep(switch.pace.install * _VERIFYING)
        return "." * _DOTS + "Done!"

    done = yield Held(lambda _say: switch.installer.run(dots()))
    if not algorithm:
        good = content.is_image(switch.platform.word) and "bad-signature" not in switch.faults
        told = f"Digital signature successfully verified in file flash:{name}"
        return told if good else invented.text(invented.NOT_VERIFIED, switch.draws, file=name)
    found = content.digest(algorithm)
    if submitted and submitted != found:
        told = invented.text(invented.MISMATCH, switch.draws, file=name, found=found, given=submitted)
        return f"{done}\n{told}"
    verb = "Verified" if submitted else f"verify /{algorithm}"
    return f"{done}\n{verb} (flash:{name}) = {found}"


def reload(cli: Cli, words: list[str]) -> Outcome:
    """``reload``: a question about the configuration if need be, one more, and the session ends."""
    return _reload(cli) if words in ([], ["/verify"], ["/noverify"]) else INVALID


def _reload(cli: Cli) -> Dialogue:
    switch, said = cli.switch, ""
    if switch.configuration.unsaved and (yield from agreed(_MODIFIED, f"% Please answer 'yes' or 'no'.\n{_MODIFIED}")):
        said = save(cli) + "\n"
        if "save-refused" in switch.faults:
            return said
    if len(switch.members) > 1:
        said += "Reload command is being issued on Active unit, this will reload the whole stack\n"
    if not (yield from confirmed(f"{said}Proceed with reload? [confirm]")):
        return ""
    if switch.installer.operation:
        return invented.text(invented.BUSY, switch.draws, operation=switch.installer.operation)
    switch.reload("Reload Command")
    if "reload-never" not in switch.faults and "slow-down" not in switch.faults:
        yield Hang("\nChassis 1 reloading, reason - Reload command")
    return ""
