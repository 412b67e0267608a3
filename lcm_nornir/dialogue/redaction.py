"""Taking out of a dialogue what tells whose switch it is, or how to get in.

First everything is learnt: what we know of the switch, and what its own words call a host name, a user, a serial, a
secret. Then each is replaced wherever it stands, and so is whatever has the form of an address. An exchange in which
a known value may be left nevertheless is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote

from lcm_nornir.dialogue import forms
from lcm_nornir.dialogue.recording import Ended, Exchange
from lcm_nornir.dialogue.screen import ANSI, CONTROL, clean
from lcm_nornir.dialogue.stand_ins import Private, StandIns
from lcm_nornir.secrets import Redaction

_LONG = 4  # characters of a value that is replaced wherever it stands; a shorter one needs a letter and a digit
_CERTAIN = 6  # characters of a serial that is looked for across line ends
_FIRST_HIDDEN = 0xF0000
_HIDDEN = re.compile(f"[{forms.HIDDEN}]")
_CODES = re.compile(rf"{ANSI.pattern}|(?![\n\t\r]){CONTROL.pattern}|[{forms.HIDDEN}]")
_SIGNS = re.compile(r"[:.-]")
_KINDS = {
    "pem": Private.SECRET,
    "key": Private.SECRET,
    "hash": Private.SECRET,
    "mail": Private.MAIL,
    "part": Private.SERIAL,
    "mac": Private.MAC,
}

Span = tuple[int, int]


@dataclass(slots=True)
class Known:
    """What is known of a switch before a word of its dialogue is read.

    Attributes:
        secrets: Passwords; taken out in every form in which they travel.
        private: Serials, host names, users, by value.
        addresses: Its addresses, even if a release has the same number.
        versions: Releases of an OS, which have the form of an address and are none.
        others: Names of other switches, of which there may be thousands; taken out if they are mentioned.
        common: Words that belong to the OS, whatever a switch or a user is called.
    """

    secrets: set[str] = field(default_factory=set)
    private: dict[str, Private] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    others: frozenset[str] = frozenset()
    common: frozenset[str] = frozenset()

    def add(self, kind: Private, value: str) -> None:
        """Learn that a value is private, unless it is everybody's."""
        if is_address(value):
            self.addresses.add(value)
        elif not _is_everybodys(kind, value):
            self.private.setdefault(value, kind)
        _, _, domain = value.partition(".")
        if kind is Private.HOST and "." in domain and not is_address(value):
            self.private.setdefault(domain, kind)
        if kind is Private.SERIAL and re.fullmatch(r"[0-9A-Za-z]{5,12}", value):
            code = str(int(value, 36))  # Dell prints the tag as a number, too: its express service code
            threes = [code[start : start + 3] for start in range(0, len(code), 3)]
            self.private |= dict.fromkeys((code, " ".join(threes), "-".join(threes)), Private.SERIAL)


class Redactor:
    """Takes what is private out of a dialogue.

    Args:
        known: What is known to be private, and what is known not to be.
        exchanges: The dialogue; what it tells of private things is learnt first.
        name: What the switch calls itself at its prompt.
        about: What else is written beside it.
    """

    def __init__(self, known: Known, exchanges: Iterable[Exchange] = (), name: str = "", about: str = "") -> None:
        self._known = replace(
            known, private=dict(known.private), addresses=set(known.addresses), versions=set(known.versions)
        )
        self._name = name
        self._secrets = Redaction()
        for secret in known.secrets:
            self._secrets.add(secret)
        if name:
            self._known.private.setdefault(name, Private.HOST)
        said = [about]
        for one in exchanges:
            self._learn(one.typed, one)
            self._learn(one.came, one)
            said += one.typed, one.came
        everything = "\n".join(said).lower()
        for other in sorted(known.others):
            if other.lower() in everything:
                self._known.add(Private.HOST, other)
        self._kinds = {value.lower(): kind for value, kind in self._known.private.items()}
        self._stand_ins = StandIns(self._known.private)
        self.prompt = self._stand_ins.of(Private.HOST, name) if name else ""
        self._values = re.compile(self._everywhere())
        self._pattern = re.compile(_forms(self._values.pattern), re.DOTALL)

    def serial(self, value: str) -> str:
        """Give the stand-in of a serial."""
        return self._stand_ins.of(Private.SERIAL, value) if value else ""

    def exchange(self, one: Exchange) -> Exchange:
        """Give an exchange without what is private; without its words if something may be left in them."""
        shows = _shows_configuration(one)
        typed, came = self.text(one.typed, shows_configuration=shows), self.text(one.came, shows_configuration=shows)
        if self._is_left(typed) or self._is_left(came):
            return replace(one, typed="" if self._is_left(typed) else typed, came="", ended=Ended.LEFT_OUT)
        return replace(one, typed=typed, came=came)

    def text(self, text: str, *, shows_configuration: bool = False) -> str:
        """Give a text with a stand-in for everything private in it.

        Args:
            text: As it came.
            shows_configuration: There are no sentences in it.
        """
        text, codes = _hidden(self._secrets(text))
        text = self._behind_labels(text, shows_configuration=shows_configuration)
        if self._name:
            text = re.sub(
                rf"(?<![^\r\n{forms.HIDDEN}]){re.escape(self._name)}(?=[#>$]|\([^()\n]*\)[#>$])", self.prompt, text
            )
        text = self._pattern.sub(lambda found: _wide(self._replaced(found), text, found.span()), text)
        return _HIDDEN.sub(lambda found: codes[ord(found[0]) - _FIRST_HIDDEN], text)

    def _behind_labels(self, text: str, *, shows_configuration: bool) -> str:
        pieces, place = list[str](), 0
        for kind, (begin, end) in self._labelled(text, shows_configuration=shows_configuration):
            pieces += text[place:begin], _wide(self._stand_ins.of(kind, text[begin:end]), text, (begin, end))
            place = end
        return "".join((*pieces, text[place:]))

    def _learn(self, text: str, one: Exchange) -> None:
        text, _ = _hidden(text)
        self._known.versions.update(forms.VERSION.findall(text))
        for found in re.finditer(forms.LOGIN, text):
            user, _, password = found[0].partition(":")
            for kind, part in ((Private.USER, user), (Private.SECRET, password)):
                self._known.add(kind, part)
                self._known.add(kind, unquote(part))
        for found in re.finditer(forms.MAC, text):
            self._known.add(Private.MAC, _SIGNS.sub("", found[0]))
        for kind, (begin, end) in self._labelled(text, shows_configuration=_shows_configuration(one)):
            if kind is not Private.WORDS:
                self._known.add(kind, text[begin:end])

    def _labelled(self, text: str, *, shows_configuration: bool) -> list[tuple[Private, Span]]:
        """Give what stands behind a label, in the order of the text; where two claim the same, the first does."""
        found, taken = list[tuple[Private, Span]](), bytearray(len(text))
        for kind, span in _found_behind_labels(text, shows_configuration=shows_configuration):
            begin, end = _without_quotes(text, span)
            value = text[begin:end]
            if not any(taken[begin:end]) and not is_address(value) and not _is_everybodys(kind, value):
                taken[begin:end] = bytes([1]) * (end - begin)
                found.append((kind, (begin, end)))
        return sorted(found, key=lambda one: one[1])

    def _everywhere(self) -> str:
        """Give the pattern of the known values that are replaced wherever they stand."""
        values = [one for one in self._known.private if _is_distinct(one) and one.lower() not in self._known.common]
        alternatives = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
        return rf"(?<![0-9A-Za-z])(?i:{alternatives})(?![0-9A-Za-z])" if values else "(?!)"

    def _replaced(self, found: re.Match[str]) -> str:
        name, text = str(found.lastgroup), found[0]
        match name:
            case "ipv4":
                return self._ipv4(found)
            case "ipv6":
                return self._ipv6(text)
            case "login":
                user, colon, password = text.partition(":")
                user = user if _is_everybodys(Private.USER, user) else self._stand_ins.of(Private.USER, user)
                return user + (colon and colon + self._stand_ins.of(Private.SECRET, password))
            case "known":
                return self._stand_ins.of(self._kinds.get(text.lower(), Private.HOST), text)
            case "part" if text in self._stand_ins:
                return text
            case "mac" if _is_everybodys(Private.MAC, _SIGNS.sub("", text)):
                return text
        return self._stand_ins.of(_KINDS[name], text)

    def _ipv4(self, found: re.Match[str]) -> str:
        text, place = found[0], found.start()
        numbers = [int(number) for number in text.split(".")]
        if max(numbers) > 255 or numbers[0] in (0, 255) or text == "127.0.0.1":  # noqa: PLR2004 - no address, or a mask
            return text
        address = IPv4Address(".".join(map(str, numbers)))
        is_version = text in self._known.versions and text not in self._known.addresses
        stands_for_address = forms.PREFIX_AFTER.match(found.string, found.end()) or forms.ADDRESS_BEFORE.search(
            found.string[max(0, place - 40) : place]
        )
        if address.is_multicast or (is_version and not stands_for_address):
            return text
        return self._stand_ins.of(Private.IPV4, str(address))

    def _ipv6(self, text: str) -> str:
        try:
            address = IPv6Address(text)
        except ValueError:  # a time of day
            return re.sub(forms.IPV4, self._ipv4, text)
        common = address.is_unspecified or address.is_loopback or address.is_multicast
        return text if common else self._stand_ins.of(Private.IPV6, text)

    def _is_left(self, text: str) -> bool:
        """Tell whether a known value is there once no control code and no line end stands between its letters."""
        plain = clean(text)
        squeezed = re.sub(r"\s", "", plain).lower()
        serials = [one for one, kind in self._known.private.items() if kind is Private.SERIAL and len(one) >= _CERTAIN]
        secrets = [one for one in (re.sub(r"\s", "", secret) for secret in self._known.secrets) if len(one) >= _LONG]
        certain = any(one.lower() in squeezed for one in (*serials, *secrets))
        return certain or bool(self._values.search(plain))


def _forms(known: str) -> str:
    """Give the pattern of everything that is replaced wherever it stands; its groups tell what it is."""
    patterns = {
        "pem": forms.PEM,
        "key": forms.KEY,
        "hash": forms.HASH,
        "login": forms.LOGIN,
        "mail": forms.MAIL,
        "known": known,
        "part": forms.PART,
        "mac": forms.MAC,
        "ipv6": forms.IPV6,
        "ipv4": forms.IPV4,
    }
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())


def _hidden(text: str) -> tuple[str, list[str]]:
    """Give a text in which each control code is one character that is part of no word, and the codes."""
    codes: dict[str, int] = {}
    hidden = _CODES.sub(lambda found: chr(_FIRST_HIDDEN + codes.setdefault(found[0], len(codes))), text)
    return hidden, list(codes)


def _found_behind_labels(text: str, *, shows_configuration: bool) -> Iterator[tuple[Private, Span]]:
    for kind, pattern in forms.LABELS:
        for found in pattern.finditer(text):
            yield kind, found.span("value")
    for found in forms.GUARDED.finditer(text):
        if shows_configuration or not forms.WORD.fullmatch(found["value"]):
            yield Private.SECRET, found.span("value")
    yield from ((Private.SERIAL, span) for span in _below(forms.SERIAL_COLUMNS, text))
    yield from ((Private.HOST, span) for span in _below(forms.HOST_COLUMNS, text) if " " not in text[slice(*span)])


def _below(head: re.Pattern[str], text: str) -> Iterator[Span]:
    """Give what stands below the heads of certain columns, down to an empty line."""
    place, columns = 0, list[tuple[int, int | None]]()
    for line in text.splitlines(keepends=True):
        bare = line.rstrip()
        if heads := list(head.finditer(bare)):
            columns = [(one.start(), _next_column(bare, one.end())) for one in heads]
        elif not bare:
            columns = []
        else:
            cells = [(begin, bare[begin:end]) for begin, end in columns]
            yield from (_span_of(place + begin, cell) for begin, cell in cells if any(map(str.isalnum, cell)))
        place += len(line)


def _span_of(place: int, cell: str) -> Span:
    begin = place + len(cell) - len(cell.lstrip())
    return begin, begin + len(cell.strip())


def _next_column(head: str, end: int) -> int | None:
    return end + len(head[end:]) - len(head[end:].lstrip()) if head[end:].strip() else None


def _wide(stand_in: str, text: str, span: Span) -> str:
    """Give a stand-in, as wide as what it stands for where a column may end: others are read by their place."""
    begin, end = span
    return stand_in.ljust(end - begin) if text[end : end + 2] == "  " else stand_in


def _without_quotes(text: str, span: Span) -> Span:
    begin, end = span
    quoted = end - begin > 2 and text[begin] in "\"'" and text[end - 1] == text[begin]  # noqa: PLR2004 - both quotes
    return (begin + 1, end - 1) if quoted else span


def _shows_configuration(one: Exchange) -> bool:
    return one.call == "configuration" or bool(forms.CONFIGURATION.search(one.typed))


def _is_everybodys(kind: Private, value: str) -> bool:
    """Tell whether a value tells nothing of anybody: nothing, factory users, an address of all or of none, dashes."""
    if kind is Private.USER:
        return value in forms.EVERYBODYS
    if kind is Private.MAC:
        return len(set(value.lower())) == 1
    return sum(map(str.isalnum, value)) < (_LONG if kind is Private.SERIAL else 1)


def _is_distinct(value: str) -> bool:
    return len(value) >= _LONG or (any(map(str.isalpha, value)) and any(map(str.isdigit, value)))


def is_address(value: str) -> bool:
    """Tell whether a text is an IP address."""
    for kind in (IPv4Address, IPv6Address):
        try:
            kind(value)
        except ValueError:
            continue
        return True
    return False
