"""What an answer that was cut short, or is none, may still be read as: the same value, or one that tells less.

A value may never claim something else. So, beside the same value:

* ``free`` may be None, and so may ``facts.free``;
* ``facts.images`` may be None, or lack no file and have one name that was cut short: no listing ends a name;
* of a boot identity, ``boot_id`` may be empty and ``uptime`` None;
* ``digest`` may be None: whoever has no digest believes no file;
* of the installer's state either half may be ``UNKNOWN``, whatever else stands there; of a half that is known,
  ``size``, ``rate`` and ``percent`` may be 0. ``busy`` may become true, never false;
* ``commitment`` may have no ``time_left``;
* a configuration's texts may be beginnings of the whole ones, since few network OSs print a mark at their end; but the
  running one is never empty;
* ``check`` may be ``UNKNOWN``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lcm_nornir.drivers.base import (
    Activity,
    BootIdentity,
    Commitment,
    Configuration,
    CopyState,
    InstallerState,
    InstallState,
    SwitchFacts,
)


def tells_no_other(whole: Any, found: Any, method: str) -> bool:
    """Tell whether a value is the same as that of the whole answer, or one that tells less (as above)."""
    if bool(found == whole):
        return True
    match whole, found:
        case _, None:
            return method in ("free", "digest")
        case SwitchFacts(), SwitchFacts():
            return _facts(whole, found)
        case BootIdentity(), BootIdentity():
            return _boot(whole, found)
        case InstallerState(), InstallerState():
            return _copy(whole.copy, found.copy) and _install(whole.install, found.install) and found.busy >= whole.busy
        case InstallState(), InstallState():
            return _install(whole, found)
        case Commitment(), Commitment():
            return bool(found == replace(whole, time_left=None))
        case Configuration(), Configuration():
            begins = whole.running.startswith(found.running) and whole.startup.startswith(found.startup)
            return begins and bool(found.running.strip() or not whole.running.strip())
    return False


def _facts(whole: SwitchFacts, found: SwitchFacts) -> bool:
    return (
        replace(found, free=whole.free, images=whole.images, boot=whole.boot) == whole
        and found.free in (None, whole.free)
        and _boot(whole.boot, found.boot)
        and (found.images is None or _images(whole.images or {}, found.images))
    )


def _images(whole: Mapping[str, int], found: Mapping[str, int]) -> bool:
    other = [name for name in found if found[name] != whole.get(name)]
    lacking = [name for name in whole if name not in found]
    if len(other) != len(lacking) or len(other) > 1:
        return False
    return all(
        is_one.startswith(was) and whole[is_one] == found[was] for was, is_one in zip(other, lacking, strict=True)
    )


def _boot(whole: BootIdentity, found: BootIdentity) -> bool:
    same = replace(found, boot_id=whole.boot_id, uptime=whole.uptime) == whole
    return same and found.boot_id in ("", whole.boot_id) and found.uptime in (None, whole.uptime)


def _copy(whole: CopyState, found: CopyState) -> bool:
    if found.activity is Activity.UNKNOWN:
        return True
    size, rate, percent = (min(getattr(found, name), 1) * getattr(whole, name) for name in ("size", "rate", "percent"))
    return found == replace(whole, size=size, rate=rate, percent=percent)


def _install(whole: InstallState, found: InstallState) -> bool:
    return found.activity is Activity.UNKNOWN or found == (replace(whole, percent=0) if not found.percent else whole)
