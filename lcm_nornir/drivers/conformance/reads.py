"""Whether a line is certain to only read, also where the CLI is a shell."""

from __future__ import annotations

import re

from lcm_nornir.drivers.reading import check_reading
from lcm_nornir.errors import RequestError

# As `check_reading`, with any text to look for; nothing in it can lead elsewhere.
_FILTERED = re.compile(
    r"(?:show|dir)(?: [0-9A-Za-z/][0-9A-Za-z:./_-]*)*"
    r"(?: \| (?:begin|count|except|exclude|grep|include|match|section) [^|<>;&`$\n]+)+"
)
# Programs, and commands of CLIs, that change nothing whatever their arguments are.
_PROGRAMS = re.compile(
    r"\[|cat|cd|cmp|continue|cut|df|dir|echo|exit|false|free|grep|egrep|head|id|ls|md5sum|more|nproc|od|pgrep|printf|ps"
    r"|pwd|readlink|sha1sum|sha256sum|sha512sum|show|stat|tail|test|tr|true|uname|uptime|verify|wc"
)
# Those that only read when they are called so.
_FORMS = re.compile(
    r"date(?: \+\S+)?|hostname|gzip -t .*|kill -0 .*|lsblk.*|sort(?: -[bfnru]+)?|uniq(?: -c)?"
    r"|find (?!.*-(?:delete|exec|ok|fprint|fls)).*|sonic-installer list|sonic-cfggen -d --print-data"
)
_BEFORE = re.compile(
    r"^(?:(?:sudo|do|then|else|if|while|until|!|timeout [\d.]+[smh]?|bash timeout [\d.]+|for \w+ in .*"
    r"|(?:LANG|LC_ALL|PAGER|TERM|[a-z]\w*)=\S*)(?: |$))+"
)
_CLOSING = frozenset({"", "done", "fi", "{", "}"})
_TO_NOTHING = re.compile(r"\d?[<>]\s*/dev/null(?![\w/.])|\d?>&\d")
_INNER = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_SCRIPT = re.compile(r"(?:\b(?:sh|bash) -c|^system) (?:'([^']*)'|\"([^\"]*)\")")
_EDIT = re.compile(r"\bsed (?:-[nEr]+ )?(['\"])s/[^/\n]*/[^/\n]*/g?\1|\bawk (['\"])\{ ?print[^|>\"']*\}\2")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def only_reads(line: str) -> bool:
    """Tell whether a line certainly only reads: by `drivers.reading`, or as a shell's commands that all only read.

    What cannot be told does not count as reading: a redirection, a program that is not known.
    """
    try:
        check_reading(line)
    except RequestError:
        return bool(_FILTERED.fullmatch(line)) or _all_read(line)
    return True


def _all_read(script: str) -> bool:
    for part, stands in ((_SCRIPT, "true"), (_INNER, "inner")):  # what is run in it is judged by itself
        while found := part.search(script):
            if not _all_read(found[1] or found[2] or ""):
                return False
            script = f"{script[: found.start()]}{stands}{script[found.end() :]}"
    plain = _TO_NOTHING.sub(" ", _QUOTED.sub("quoted", _EDIT.sub("true", script)))
    return all(_reads(" ".join(command.split())) for command in re.split(r"[;&|\n]+", plain))


def _reads(command: str) -> bool:
    rest = _BEFORE.sub("", command)
    if rest in _CLOSING:
        return True
    return (bool(_PROGRAMS.fullmatch(rest.split()[0])) or bool(_FORMS.fullmatch(rest))) and not set("<>`()") & set(rest)
