"""How private things look in a switch's words: by their form, and by the label that stands before them."""

from __future__ import annotations

import re

from lcm_nornir.dialogue.stand_ins import Private

HIDDEN = "\U000f0000-\U000ffffd"  # control codes stand as characters of this range while a text is searched
_BEGINS, _ENDS = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_X4 = r"[0-9A-Fa-f]{4}"

PEM = r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)"
KEY = r"(?<![0-9A-Za-z+/])AAAA[0-9A-Za-z+/]{16,}={0,2}(?:[ \t]+[^\s\"']+)?"  # an SSH key, with its comment
HASH = rf"\$[0-9A-Za-z]{{1,6}}\$[^\s\"'<>,;{HIDDEN}]+"
LOGIN = rf"(?<=://)[^\s/@{HIDDEN}]+(?=@)"
MAIL = rf"(?<![\w.+-])[\w.+-]+@[0-9A-Za-z](?:[\w.-]*[0-9A-Za-z])?{_ENDS}"
MAC = (
    r"(?<![0-9A-Za-z:-])[0-9A-Fa-f]{2}(?P<sign>[:-])(?:[0-9A-Fa-f]{2}(?P=sign)){4,6}[0-9A-Fa-f]{2}(?![0-9A-Za-z]|:\w)"
    rf"|(?<![0-9A-Za-z.]){_X4}\.{_X4}\.{_X4}{_ENDS}"
)
IPV4 = r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)"
IPV6 = r"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{1,4})?(?::[0-9A-Fa-f]{0,4}){2,8}(?:(?:\.\d{1,3}){3})?(?![0-9A-Za-z:])"
PART = rf"{_BEGINS}[A-Z]{{2}}-?[0-9A-Z]{{6}}-[0-9A-Z]{{5}}-[0-9A-Z]{{3}}-[0-9A-Z]{{4}}(?:-[0-9A-Z]{{3}})?{_ENDS}"

VERSION = re.compile(r"(?i)(?:version|\[[0-9a-z]\])[^\w\r\n]{1,40}?(\d+(?:\.\d+){3})(?![\d.]*\d)")
ADDRESS_BEFORE = re.compile(r"(?i)(?:address|host|server|gateway|neighbor|route|router-id|peer|via|://|@)[\s:=]*\Z")
PREFIX_AFTER = re.compile(r"/\d{1,2}(?![\d.])")
"""What tells of a number between the two that it is an address, though a release looks like it."""

_VALUE = rf"""(?P<value>"[^"\r\n]+"|'[^'\r\n]+'|[^\s"'<>,;{HIDDEN}]+)"""
_REST = rf"(?P<value>[^\s:={HIDDEN}](?:[^\r\n{HIDDEN}]*[^\s{HIDDEN}])?)"
_AFTER_HOST = "version|use-vrf|vrf|source-interface|traps|informs"  # what else may stand behind an SNMP host
_MODE = "^[-dl](?:[r-][w-][xsStT-]){3}[.+@]?"  # of a file


def _label(pattern: str) -> re.Pattern[str]:
    """Compile a label: blanks are any number of blanks, and VALUE, or REST of the line, is what it labels."""
    return re.compile("(?im)" + pattern.replace(" ", r"[ \t]+").replace("VALUE", _VALUE).replace("REST", _REST))


LABELS = tuple(
    (kind, _label(pattern))
    for kind, pattern in (
        (Private.HOST, rf"\b(?:https?|ftps?|scp|sftp|tftp)://(?:[^\s/@{HIDDEN}]*@)?(?P<value>[0-9a-z](?:[\w.-]*[0-9a-z])?)"),
        (Private.HOST, r"^[\t\r\x20]*host[_-]?name\s*[:=]? VALUE"),
        (Private.HOST, r"<host-?name>(?P<value>[^<\s]+)<"),
        (Private.HOST, r"^[\t\r\x20]*ip (?:domain(?:-| )(?:name|list)|host) (?:vrf \S+ )?VALUE"),
        (Private.HOST, r"^[\t\r\x20]*(?:radius|tacacs|snmp)-server host VALUE"),
        (Private.HOST, r"^[\t\r\x20]*(?:ntp|logging) (?:server|host) (?:vrf \S+ )?VALUE"),
        (Private.HOST, r"^[\t\r\x20]*(?:device id|system name)[\t\x20]*[:=][\t\x20]*VALUE"),
        (Private.SERIAL, r"\b(?:service|svc)[_-]?tag[\t\x20]*[:=][\t\x20]*VALUE"),
        (Private.SERIAL, r"\b(?:service|svc) tag[\t\x20]*[:=][\t\x20]*VALUE"),
        (Private.SERIAL, r"\bserial(?:[_-]?(?:number|num|no)| (?:number|num|no\.?))?[\t\x20]*[:=][\t\x20]*VALUE"),
        (Private.SERIAL, r"\bserial number is VALUE"),
        (Private.SERIAL, r"\bprocessor board id VALUE"),
        (Private.SERIAL, r"\bsn[\t\x20]*:[\t\x20]*VALUE"),
        (Private.SERIAL, r"<(?:service-tag|serial(?:-num(?:ber)?|-no)?|ppid|express-[a-z-]*code)>(?P<value>[^<\s]+)<"),
        (Private.USER, r"^[\t\r\x20]*(?:username|system-user|snmp-server user) VALUE"),
        (Private.USER, rf"{_MODE} \d+ (?P<value>\S+)"),
        (Private.USER, rf"{_MODE} \d+ \S+ (?P<value>\S+)"),
        (Private.SECRET, r"\bsnmp-server community VALUE"),
        (Private.SECRET, r"\bsnmp-server host [^\r\n]*?\bversion \S+ (?:(?:auth|noauth|priv) )?VALUE"),
        (Private.SECRET, r"-key \d+ (?:md5|sha\S*) (?:\d{1,2} )?VALUE"),
        (Private.SECRET, rf"\bsnmp-server host \S+ (?:(?:traps|informs) )?(?!(?:{_AFTER_HOST})\b)VALUE"),
        (Private.SECRET, r"\b(?:auth|priv) (?:md5|sha\S*|3?des\S*|aes\S*) (?:(?:128|192|256) )?VALUE"),
        (Private.SECRET, r"\bpriv (?P<value>0x[0-9a-f]+)"),
        (Private.SECRET, r"\bauthentication text VALUE"),
        (Private.SECRET, r"<[\w-]*(?:password|passphrase|secret|community|key)>(?P<value>[^<\s]+)<"),
        (Private.WORDS, r"^[\t\r\x20]*(?:description|remark|snmp-server (?:contact|location)) REST"),
        (Private.WORDS, r"^[\t\r\x20]*(?:sys)?(?:contact|location)[\t\x20]*: REST"),
        (Private.WORDS, r"^[\t\r\x20]*banner \S+ (?P<value>(?P<sign>\S)[\s\S]{0,100000}?(?P=sign))"),
    )
)  # fmt: skip
GUARDED = _label(
    r"(?<![0-9A-Za-z])(?:[\w-]{0,40}[_-])?(?:password|passwd|passphrase|passkey|secret|community|token|pre-shared-key"
    r"|key(?:-octet)?-string|(?:authentication|server)-key|(?<!-)key|simple-text)[\"']?"
    r"(?:[\t\x20]*[:=][\t\x20]*| )(?:\d{1,2} )?VALUE"
)
"""A word behind which a secret may stand; or, in a sentence, just the next word."""
WORD = re.compile(r"[\[(]?[A-Za-z]+[\])]?[.:?!]?")
"""The next word of a sentence."""
CONFIGURATION = re.compile(r"(?i)\b(?:run|start|cand|conf|tech)[a-z-]*")
"""A command that shows configurations: there nothing is a sentence."""
SERIAL_COLUMNS, HOST_COLUMNS = (
    re.compile(rf"(?:(?<=\s\s)|^)(?:{heads})(?=\s\s|$)(?!\s*:)")
    for heads in (
        r"Svc Tag|Service Tag|Serial(?: Number| No\.?|-Num)?|Exprs Svc Code",
        "Rem Host Name|Host ?[Nn]ame|System Name|Neighbor(?: ID| Name)?|Device ID",
    )
)
"""Heads of a table's columns in which serials, and names of switches, stand."""
EVERYBODYS = frozenset({"admin", "root"})
"""User names that tell nothing."""
