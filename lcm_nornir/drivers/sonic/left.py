"""Commands that go on by themselves on a SONiC switch, whatever becomes of the session that began them.

`sonic-installer` and `curl` block the shell that starts them, and die with it. So they are started in a session of
their own, and what became of them stands in files on a tmpfs: their begin, their words, their exit code. A boot
removes the files, and then nothing runs any more either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lcm_nornir.drivers.base import Activity, CopyState, InstallerState, InstallState
from lcm_nornir.drivers.sonic import words
from lcm_nornir.errors import UnexpectedOutput

RUN = "/run/lcm-nornir"
FOLDER = "/host/lcm-nornir"
_TAIL = 1500  # bytes of what was printed last
_COPY = (
    "curl -q -f -sS -L --proto =http,https --connect-timeout 60 -D copy.head -o {part} {url}; c=\\$?;"
    " stat -c %s {part} > copy.size 2> copy.none; if test \\$c = 0; then mv {part} {path}; else rm -f {part}; fi;"
    " (exit \\$c)"
)
_INSTALL = "sonic-installer install -y {path}"
_BEGIN = (
    "sudo sh -c 'umask 077; mkdir -p {run} {folder} && cd {run} && rm -f {what}.* && date +%s.%N > {what}.began &&"
    ' {{ setsid sh -c "{command}; echo \\$? > {what}.exit" > {what}.log 2>&1 < /dev/null & echo $! > {what}.pid; }}\''
)
# Whether it runs is asked before how it ended: what ends between the two has an exit code by then.
STATUS = (
    f"sudo sh -c 'cd {RUN} 2>/dev/null && for f in copy install; do test -e $f.began || continue;"
    " kill -0 $(cat $f.pid) 2>/dev/null && echo $f.runs=yes;"
    " for k in began exit size; do test -e $f.$k && echo $f.$k=$(cat $f.$k); done;"
    ' echo $f.full=$(grep -a -c "No space left on device" $f.log);'
    f' tail -c {_TAIL} $f.log | tr "\\r" "\\n" | sed "s/^/$f.log=/"; echo; done;'
    f" stat -c copy.part=%s {FOLDER}/*.part 2>/dev/null;"
    f' grep -a -i "^content-length:" {RUN}/copy.head 2>/dev/null | tail -n 1 | tr -d "\\r";'
    ' echo installers=$(pgrep -f "[s]onic.installer install" | wc -l); echo now=$(date +%s.%N)\''
)
"""What is typed to ask how they stand; `state_of` reads the answer."""

_FIELD = re.compile(r"(?m)^(copy|install)\.(\w+)=(.*)$")
_INSTALLERS = re.compile(r"(?m)^installers=\s*(\d+)\s*$")
_NOW = re.compile(r"(?m)^now=(\d+\.\d+)\s*$")
_LENGTH = re.compile(r"(?im)^content-length:\s*(\d+)\s*$")
_EMPTY_WORDS = ("Aborted!", "Done", "")


def copy_command(url: str, name: str) -> str:
    """Give what is typed to begin a copy of an image; nothing is called by its name before all of it is there."""
    path = f"{FOLDER}/{name}"
    return _begun("copy", _COPY.format(url=url, path=path, part=f"{path}.part"))


def install_command(name: str) -> str:
    """Give what is typed to begin an installation of a stored image."""
    return _begun("install", _INSTALL.format(path=f"{FOLDER}/{name}"))


CANCEL = f"sudo sh -c 'cd {RUN} && kill -- -$(cat copy.pid); rm -f {FOLDER}/*.part'"
"""What is typed to end a copy: its whole process group."""


def _begun(what: str, command: str) -> str:
    return _BEGIN.format(run=RUN, folder=FOLDER, what=what, command=command)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the files of one of the two tell."""

    fields: dict[str, str]
    log: str

    @property
    def began(self) -> str:
        return self.fields.get("began", "")

    @property
    def activity(self) -> Activity:
        if not self.began:
            return Activity.IDLE
        if "exit" in self.fields:
            return Activity.DONE if self.fields["exit"] == "0" else Activity.FAILED
        return Activity.RUNNING if "runs" in self.fields else Activity.FAILED

    @property
    def detail(self) -> str:
        lines = [line for line in self.log.splitlines() if line.strip() not in _EMPTY_WORDS]
        last = lines[-1].strip() if lines else ""
        if self.activity is Activity.FAILED:
            told = next(
                (line.strip() for line in lines if words.REJECTED.search(line) or words.FAILED.match(line)), last
            )
            return f"{told} (exit code {self.fields['exit']})" if "exit" in self.fields else f"{told} (it was killed)"
        return last

    def number(self, name: str) -> int:
        text = self.fields.get(name, "")
        return int(text) if text.isdecimal() else 0


def state_of(text: str) -> InstallerState:
    """Read how the copy and the installation stand. Busy also if somebody else's installer runs.

    Raises:
        UnexpectedOutput: It is no answer, or not all of it.
    """
    installers, now = _INSTALLERS.search(text), _NOW.search(text)
    if not installers or not now:
        raise UnexpectedOutput("how the installer stands cannot be read", command="pgrep", said=text)
    found = _FIELD.findall(text)
    copy, install = (_told(found, what) for what in ("copy", "install"))
    is_foreign = int(installers[1]) > 0 and install.activity is not Activity.RUNNING
    installing = _install_state(install)
    if is_foreign:
        installing = InstallState(Activity.UNKNOWN, "an installer runs that is not ours")
    length = _LENGTH.findall(text)
    busy = is_foreign or Activity.RUNNING in (copy.activity, install.activity)
    return InstallerState(_copy_state(copy, int(length[-1]) if length else 0, float(now[1])), installing, busy)


def _told(found: list[tuple[str, str, str]], what: str) -> _Told:
    mine = [(name, value) for whose, name, value in found if whose == what]
    log = "\n".join(value for name, value in mine if name == "log")
    return _Told({name: value.strip() for name, value in mine if name != "log"}, log)


def _copy_state(copy: _Told, size: int, now: float) -> CopyState:
    if not copy.began:
        return CopyState()
    transferred = copy.number("size") or copy.number("part")
    seconds = max(now - float(copy.began), 1.0)
    if not transferred:
        size = 0  # it may be that of an error's page
    return CopyState(
        activity=copy.activity,
        detail=copy.detail,
        started=copy.began,
        transferred=transferred,
        size=size,
        rate=int(transferred / seconds) if copy.activity is Activity.RUNNING else 0,
        percent=min(100 * transferred // size, 100) if size else 0,
    )


def _install_state(install: _Told) -> InstallState:
    activity = install.activity
    is_full = install.number("full") > 0
    if activity is Activity.DONE and is_full:  # it may claim success all the same
        return InstallState(Activity.FAILED, "No space left on device", install.began, unpacking=True)
    failed = activity is Activity.FAILED
    rejected = failed and bool(words.REJECTED.search(install.log))
    unpacking = failed and not rejected and (is_full or bool(words.UNPACKING.search(install.log)))
    return InstallState(activity, install.detail, install.began, unpacking=unpacking, rejected=rejected)
