"""Nothing that tells whose switch it is, or how to get in, is left of a dialogue; what tells how it works is."""

from __future__ import annotations

import base64
import json
import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lcm_nornir.dialogue import Ended, Exchange, Recording
from lcm_nornir.dialogue.redaction import Known, Redactor
from lcm_nornir.dialogue.screen import clean
from lcm_nornir.dialogue.stand_ins import Private, StandIns, shaped
from lcm_nornir.drivers.dell_os10 import DellOS10, parse

LITERAL = Path(__file__).parents[1] / "literal" / "dell_os10"
EXAMPLES = [IPv4Network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")]
AROUND = st.sampled_from(
    [
        " ",
        "\r\n",
        "\t",
        '"',
        "'",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        "=",
        ",",
        ";",
        "|",
        "\x1b[1m",
        "\x1b[0m",
        "\x00",
        " is ",
    ]
)
WORDS = st.sampled_from(["", "interface", "% Error: no route", "State Detail:", "up", "[A] 10.5.4.1", "12:34:56"])


def one(came: str, typed: str = "show x", call: str = "") -> Exchange:
    return Exchange(typed, came, Ended.PROMPT, call=call)


def redacted(*came: str, known: Known | None = None, name: str = "", call: str = "") -> list[str]:
    """Give the words of exchanges, redacted; none of them may be left out."""
    exchanges = [one(text, call=call) for text in came]
    redactor = Redactor(known or Known(), exchanges, name)
    done = [redactor.exchange(exchange) for exchange in exchanges]
    assert {exchange.ended for exchange in done} == {Ended.PROMPT}
    return [exchange.came for exchange in done]


@st.composite
def between(draw: st.DrawFn, forms: list[str]) -> str:
    """Give a text in which each of the forms stands, in any order, between any signs that part words."""
    text = draw(WORDS)
    for form in draw(st.permutations(forms)):
        text += draw(AROUND) + form + draw(AROUND) + draw(WORDS)
    return text


PASSWORDS = st.text("abcXYZ019!#$%&*+-./:;<=>?@[]^_{|}~\"'\\ ü", min_size=2).map("Zq7".__add__)


@given(st.data(), PASSWORDS)
def test_S10_a_password_is_taken_out_in_every_form_in_which_it_travels(data: st.DataObject, password: str) -> None:
    forms = [
        password,
        quote(password),
        quote(password, safe=""),
        quote_plus(password),
        re.escape(password),
        json.dumps(password)[1:-1],
        json.dumps(password, ensure_ascii=False)[1:-1],
        base64.b64encode(password.encode()).decode(),
        f"http://admin:{quote(password, safe='')}@images/os10.bin",
    ]
    exchange = one(data.draw(between(forms)), typed=f"image download http://admin:{quote(password, safe='')}@images/x")
    redactor = Redactor(Known(secrets={password}), [exchange])
    document = Recording("dell_os10", "host1", exchanges=(redactor.exchange(exchange),)).text()
    words = "".join(json.loads(document)["exchanges"][0]["came"])
    for form in forms[:-1]:
        assert form not in document
        assert form not in words
        assert form not in clean(words)


HOSTS = st.from_regex(r"[a-z]{4,8}[0-9]{1,3}", fullmatch=True)
USERS = st.from_regex(r"[a-z]{2,6}\.?[a-z]{1,3}[0-9]", fullmatch=True)
TAGS = st.from_regex(r"[B-DF-HJ-NP-TV-Z][0-9B-DF-HJ-NP-TV-Z]{5}[1-9]", fullmatch=True)


@given(st.data(), HOSTS, USERS, TAGS)
def test_names_and_serials_that_are_known_are_taken_out_wherever_they_stand(
    data: st.DataObject, host: str, user: str, tag: str
) -> None:
    assume(len({host, user, tag.lower()}) == 3)
    assume(not {host[:4], user[:4]} & {"host", "user"})
    assume(not any(value in "interface error route state detail" for value in (host, user)))
    code = str(int(tag, 36))
    threes = " ".join(code[n : n + 3] for n in range(0, len(code), 3))
    known = Known()
    for kind, value in ((Private.HOST, host), (Private.USER, user), (Private.SERIAL, tag)):
        known.add(kind, value)
    forms = [host, host.upper(), f"{host}.example.org", user, f"{user}@{host}", tag, tag.lower(), code, threes]
    (came,) = redacted(data.draw(between(forms)), known=known, name=host)
    for form in forms:
        assert not re.search(rf"(?<![0-9A-Za-z]){re.escape(form)}(?![0-9A-Za-z])", clean(came)), form


def notations(mac: bytes) -> list[str]:
    digits = mac.hex()
    pairs, fours = re.findall("..", digits), re.findall("....", digits)
    return [":".join(pairs), "-".join(pairs).upper(), ".".join(fours), digits]


@given(st.data(), st.binary(min_size=6, max_size=6), st.binary(min_size=6, max_size=6))
def test_a_mac_is_one_thing_in_each_notation_and_its_stand_in_is_nobodys(
    data: st.DataObject, mac: bytes, other: bytes
) -> None:
    assume(mac != other)
    assume(not any(len(set(address)) == 1 or address[0] == 2 for address in (mac, other)))
    assume(not mac.hex().isdecimal())
    planted = notations(mac)
    (came,) = redacted("\n".join((data.draw(between(planted)), *planted, notations(other)[0])))
    assert not any(form in came for form in (*planted, notations(other)[0]))
    digits = [re.sub("[:.-]", "", text).lower() for text in came.split("\n")[-5:]]
    assert len(set(digits[:4])) == 1
    assert digits[4] != digits[0]
    assert all(re.fullmatch("02[0-9a-f]{10}", text) for text in digits)


ADDRESSES = st.ip_addresses(v=4).filter(
    lambda address: (
        not (address.is_multicast or address.packed[0] in (0, 255) or str(address) == "127.0.0.1")
        and not any(address in network for network in EXAMPLES)
    )
)


@given(st.data(), ADDRESSES, ADDRESSES)
def test_an_ipv4_address_becomes_one_for_examples(
    data: st.DataObject, address: IPv4Address, other: IPv4Address
) -> None:
    assume(address != other)
    forms = [str(address), f"{address}/24", f"http://{address}:8080/x", f"via {address}.", str(other)]
    text = data.draw(between(forms))
    assume(not re.search(rf"(?:\[A\]|version)\W*(?:{re.escape(str(address))}|{re.escape(str(other))})", clean(text)))
    (came,) = redacted(f"{text}\n{address}\n{other}")
    assert str(address) not in came
    assert str(other) not in came
    stand_in, others = came.split("\n")[-2:]
    assert stand_in != others
    assert all(any(IPv4Address(one) in network for network in EXAMPLES) for one in (stand_in, others))


NO_EXAMPLES = IPv6Network("2001:db8::/32")


@given(st.data(), st.ip_addresses(v=6))
def test_an_ipv6_address_becomes_one_for_examples_however_it_is_written(
    data: st.DataObject, address: IPv6Address
) -> None:
    assume(not (address.is_unspecified or address.is_loopback or address.is_multicast or address in NO_EXAMPLES))
    forms = [address.compressed, address.exploded, address.compressed.upper(), f"[{address}]:22", f"{address}/64"]
    (came,) = redacted("\n".join((data.draw(between(forms)), *forms[:3])))
    assert not any(form in came for form in forms)
    stand_ins = {IPv6Address(text) for text in came.split("\n")[-3:]}
    assert len(stand_ins) == 1
    assert stand_ins.pop() in NO_EXAMPLES


LABELLED = [
    "Service Tag : {}",
    "<service-tag>{}</service-tag>",
    "Serial Number: {}",
    "hostname {}",
    "<hostname>{}</hostname>",
    "ip domain-name {}",
    "ntp server {}",
    "radius-server host {} key 9 aabbcc",
    "username {} password x role sysadmin",
    "-rw-r--r-- 1 {} staff 604119040 Feb  8 21:24 os10.bin",
    "-rw-r--r-- 1 root {} 604119040 Feb  8 21:24 os10.bin",
    "snmp-server community {} ro",
    "snmp-server host 10.1.1.1 traps version 2c {}",
    "snmp-server user me group 3 auth sha {} priv aes x",
    "snmp-server user me group 3 auth sha x priv aes {}",
    "ntp authentication-key 1 md5 9 {}",
    "enable password {}",
    "username me password 9 {}",
    " neighbor 10.1.1.1 password {}",
    "radius-server host 10.1.1.1 key 9 {}",
    "radius-server host 10.1.1.1 key {}",
    "  authentication-type simple-text {}",
    "https://admin:{}@images.example.org/os10.bin",
    "https://{}:x@images.example.org/os10.bin",
    "https://{}/os10.bin",
    '"password": "{}"',
    "<password>{}</password>",
    '"passkey": "{}"',
    '"SNMP_AUTH_PASSWORD": "{}"',
    "ip ospf authentication-key 7 {}",
    " server-key 7 {}",
    "  key-octet-string 7 {} cryptographic-algorithm AES_128_CMAC",
    "snmp-server user me ops auth sha x priv aes 128 {}",
    " standby 1 authentication text {}",
    "snmp-server host 10.1.1.1 {}",
    "ip domain name {}",
    "logging host {}",
    "ntp server vrf Mgmt {}",
    "snmp-server host {} traps version 2c public",
    "Device ID: {}",
    "PID: C9300-48P , VID: V01 , SN: {}",
    "Processor Board ID {}",
    "    serial number is {}",
]


@pytest.mark.parametrize("label", LABELLED)
@given(value=st.from_regex(r"[A-Z][0-9][a-z]{2}[0-9a-z]{4,9}", fullmatch=True))
@settings(max_examples=20)
def test_what_a_label_tells_is_taken_out_there_and_everywhere_else(label: str, value: str) -> None:
    first, second = redacted(f"x\r\n{label.format(value)}\r\ny", f"before: [{value}] after\r\n", call="configuration")
    assert value not in first
    assert value not in second
    assert second.startswith("before: [")
    assert second.endswith("] after\r\n")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (" description uplink to the bank\r\n no shutdown", " description words1\r\n no shutdown"),
        ('snmp-server location "row 4, Amsterdam"', 'snmp-server location "words1"'),
        ("banner login #\r\nThis is\r\nACME's#\r\nend", "banner login words1\r\nend"),
        ("password $6$salt$hash.of/it role x", "password secret1 role x"),
        ("the hash $6$salt$hash.of/it", "the hash secret1"),
        ("sshkey ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ== jdoe@laptop", "sshkey ssh-rsa secret1"),
        ("a\r\n-----BEGIN RSA PRIVATE KEY-----\r\nMII\r\n-----END RSA PRIVATE KEY-----\r\nb", "a\r\nsecret1\r\nb"),
        ("a\r\n-----BEGIN RSA PRIVATE KEY-----\r\nMII", "a\r\nsecret1"),
        ("mail jane.doe@example.org now", "mail mail1@example.net now"),
        ("TH-006Y6V-CET00-332-60OZ", "AA-000A0A-AAA00-000-00AB"),
    ],
)
def test_other_forms_and_free_words_are_taken_out(text: str, shape: str) -> None:
    assert redacted(text, call="configuration") == [shape]


KEPT = [
    "% Error: Illegal parameter.",
    "[sudo] password for admin: ",
    "Enter password (again):",
    "FTP login failed: password incorrect",
    "%Warning : Default password for admin account should be changed",
    "Task Start:            2021-02-08T21:24:14Z",
    "Task Start:            -001-11-30T00:00:00+00:00",
    "Up Time: 1 day 00:11:14",
    "0000-00-00T00:00:00Z 12:34:56 ::1 ::/0 0.0.0.0/0 255.255.255.0 0.0.0.255 127.0.0.1 ff02::1 224.0.0.5",
    "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff",
    "PKGS_OS10-Enterprise-10.5.6.2.110buster-installer-x86_64.bin",
    "1.3.6.1.4.1.674",
    "OS Version: 10.5.6.5\r\nGET /10.5.6.5/os10.bin",
    "[A] 10.5.0.4   [B] 10.5.1.0   [B] standby\r\nUpgrade from 10.5.0.4 to 10.5.1.0 failed",
    "Software version      : 10.5.6.5\r\nOS10-10.5.6.5.bin is stored",
    "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab  /var/os10-image/os10.bin",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_tells_how_a_switch_works_is_kept(text: str) -> None:
    assert redacted(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "ip address 10.5.0.4",
        "10.5.0.4/24 is up",
        "neighbor 10.5.0.4",
        "http://10.5.0.4/x",
        "10.5.0.4/32 is directly connected",
    ],
)
def test_an_address_that_looks_like_a_release_is_an_address_where_addresses_stand(text: str) -> None:
    (came,) = redacted(text, known=Known(versions={"10.5.0.4"}))
    assert "10.5.0.4" not in came


def test_the_address_of_the_switch_is_taken_out_even_if_a_release_has_the_same_number() -> None:
    known = Known(versions={"10.5.0.4"})
    known.add(Private.HOST, "10.5.0.4")
    assert redacted("[A] 10.5.0.4", known=known) == ["[A] 192.0.2.1"]


def test_a_switch_that_is_called_as_its_os_loses_only_its_prompt() -> None:
    known = Known(common=frozenset({"os10", "boot"}))
    text = "Dell SmartFabric OS10 Enterprise\r\nhostname OS10\r\nOS10# "
    expected = "Dell SmartFabric OS10 Enterprise\r\nhostname host1\r\nhost1# "
    assert redacted(text, known=known, name="OS10") == [expected]


def test_what_is_a_secret_by_its_form_is_taken_out_behind_its_label() -> None:
    (came,) = redacted("snmp-server user me ops auth md5 0x0a1b priv 0x0c2d localizedkey", call="configuration")
    assert "0x0a1b" not in came
    assert "0x0c2d" not in came


def test_a_long_banner_is_taken_out_whole() -> None:
    (came,) = redacted("banner login #\r\n" + "ACME bank\r\n" * 5_000 + "#\r\nend", call="configuration")
    assert "ACME" not in came
    assert came.endswith("end")


def test_many_empty_lines_are_read_once() -> None:
    """With a pattern that looks at each of them from each before it this would take minutes."""
    text = "\r\n" * 40_000
    assert redacted(text) == [text]


@pytest.mark.parametrize("prompt", ["\r\nx1# ", "\r\nx1(conf-if)# ", "\x1b[mx1> ", "x1#!"])
def test_a_short_name_is_taken_out_at_the_prompt(prompt: str) -> None:
    assert "x1" not in redacted(prompt, name="x1")[0]


def test_the_names_of_other_switches_of_the_run_are_taken_out_where_they_are_mentioned() -> None:
    others = frozenset({"spine-1", "spine-10", *(f"leaf{number}" for number in range(1000))})
    (came,) = redacted("ethernet1/1/1 spine-10 and SPINE-1, leaf999", known=Known(others=others), name="leaf7")
    assert re.fullmatch(r"ethernet1/1/1 host(\d) and host(\d), host(\d)", came)
    assert len(set(re.findall(r"host\d", came))) == 3


def test_a_serial_in_a_column_is_taken_out_and_has_the_same_form() -> None:
    text = (LITERAL / "show_inventory.txt").read_text()
    serial = parse.inventory_text(text).serial
    came, other = redacted(text, f"the switch {serial} is up")
    found = parse.inventory_text(came)
    assert found.model == parse.inventory_text(text).model
    assert len(found.serial) == len(serial)
    assert found.serial != serial
    assert other == f"the switch {found.serial} is up"
    assert len(came) == len(text)


def test_names_in_a_column_are_taken_out_and_the_others_stay_where_they_are() -> None:
    head = "Loc PortID          Rem Host Name        Rem Port Id          Rem Chassis Id\r\n"
    rows = "ethernet1/1/1       ams1-spine1          ethernet1/1/7        90:b1:1c:f4:a5:23\r\n"
    rows += "ethernet1/1/2       Not Advertised       50:9a:4c:01:02:03    50:9a:4c:01:02:03\r\n"
    came, other = redacted(f"show lldp neighbors\r\n{head}{'-' * 73}\r\n{rows}leaf# ", "down: ams1-spine1")
    lines = came.splitlines()
    assert lines[3] == "ethernet1/1/1       host1                ethernet1/1/7        02:00:00:00:00:01"
    assert lines[4] == "ethernet1/1/2       Not Advertised       02:00:00:00:00:02    02:00:00:00:00:02"
    assert (lines[5], other) == ("leaf# ", "down: host1")


@pytest.mark.parametrize("path", sorted(LITERAL.glob("*.txt")), ids=lambda path: path.stem)
def test_of_the_literal_layouts_only_serials_and_addresses_change(path: Path) -> None:
    text = path.read_text()
    (came,) = redacted(text)
    changed = [(old, new) for old, new in zip(text.splitlines(), came.splitlines(), strict=True) if old != new]
    assert all(re.search(r"[A-Z]{2}-0|hostip|\d\.\d", old) for old, _ in changed), changed


@pytest.mark.parametrize(
    "cut", ["hun\r\nter2222", "hunter\x1b[K2222", "hunt \x08er2222", "5M44\r\nSR3", "le\x1b[1maf01"]
)
def test_what_is_cut_by_a_line_end_or_a_control_code_is_left_out_whole(cut: str) -> None:
    known = Known(secrets={"hunter2222"})
    known.add(Private.SERIAL, "5M44SR3")
    known.add(Private.HOST, "leaf01")
    exchange = one(f"it says {cut} there")
    done = Redactor(known, [exchange]).exchange(exchange)
    assert (done.came, done.ended, done.typed) == ("", Ended.LEFT_OUT, "show x")


@pytest.mark.parametrize("secret", ["", "    ", "x", "a b"])
def test_a_secret_that_is_nearly_none_costs_no_words(secret: str) -> None:
    assert redacted("x a b  c    d", known=Known(secrets={secret})) == [
        "x a b  c***d" if secret == "    " else "x a b  c    d"
    ]


def test_a_line_in_which_something_private_may_be_left_is_left_out_with_its_answer() -> None:
    exchange = one("nothing", typed="show hunter 2222")
    done = Redactor(Known(secrets={"hunter2222"}), [exchange]).exchange(exchange)
    assert (done.typed, done.came, done.ended) == ("", "", Ended.LEFT_OUT)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("get ftp://jd9:p%23ss9word@10.1.1.1/x", "jd9 typed p#ss9word", "user1 typed secret2"),
        ("hostname leaf1.corp.example.org", "db.corp.example.org is down", "db.host2 is down"),
        ("<ppid>TH-006Y6V-CET00-332-60OZ</ppid>", "TH-006Y6V-CET00-332-60OZ", "AA-000A0A-AAA00-000-00AB"),
        ("", "09:15:10.1.2.3 and 12:34:56", "09:15:192.0.2.1 and 12:34:56"),
        ("hostname host1", "hostname zeta9", "hostname host3"),
        ("leaf7# ", "leaf7 is up", "host1 is up"),
    ],
)
def test_one_thing_is_one_thing_wherever_it_stands(first: str, second: str, expected: str) -> None:
    before, after = redacted(first, second, name="leaf7" if "leaf7" in first else "")
    assert after == expected
    assert ("<ppid>" in before) == (before == f"<ppid>{expected}</ppid>")


@pytest.mark.parametrize(
    ("typed", "call", "expected"),
    [
        ("show x", "configuration", "enable password secret1"),
        ("show running-configuration", "show", "enable password secret1"),
        ("show x", "show", "enable password hunter"),
    ],
)
def test_where_configurations_are_shown_a_word_may_be_a_secret(typed: str, call: str, expected: str) -> None:
    exchange = one("enable password hunter", typed, call)
    assert Redactor(Known(), [exchange]).exchange(exchange).came == expected


def test_no_stand_in_is_the_name_of_something_else() -> None:
    assert StandIns({"host1", "host2"}).of(Private.HOST, "leaf1") == "host3"


def test_what_is_learnt_later_is_taken_out_of_what_was_said_before() -> None:
    before, _after = redacted("the switch leaf7-ams answers", "hostname leaf7-ams")
    assert before == "the switch host1 answers"


@given(
    st.lists(
        st.sampled_from(["abc", " ", "\r\n", "\n", "\x1b[12;40H", "\x1b[K", "\x00", "\x9b", "\ue000", "\U000f0001"])
    )
)
def test_control_codes_and_line_ends_come_through_as_they_came(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert redacted(text) == [text]


@given(st.text(), st.text(), st.text())
def test_no_words_are_too_strange(text: str, name: str, secret: str) -> None:
    exchange = one(f"{text}\r\n{name}# ")
    done = Redactor(Known(secrets={secret}), [exchange], name, text).exchange(exchange)
    assert done.ended in (Ended.PROMPT, Ended.LEFT_OUT)


@given(st.text("Aa0-Z9z", min_size=1, max_size=8), st.integers(1, 5000))
def test_a_stand_in_has_the_shape_of_what_it_stands_for(value: str, number: int) -> None:
    given_one = shaped(number, value)
    if len(given_one) == len(value):
        for old, new in zip(value, given_one, strict=True):
            assert (old.isdigit(), old.isupper(), old.islower()) == (new.isdigit(), new.isupper(), new.islower())


@given(st.lists(st.from_regex(r"[0-9A-Z]{5}[1-9]", fullmatch=True), unique=True, max_size=30))
def test_two_things_have_two_stand_ins_and_none_is_one_of_them(values: list[str]) -> None:
    stand_ins = StandIns(values)
    given_ones = [stand_ins.of(Private.SERIAL, value) for value in values]
    assert len(set(given_ones)) == len(values)
    assert not set(given_ones) & set(values)
    assert [stand_ins.of(Private.SERIAL, value) for value in values] == given_ones


def test_there_are_addresses_for_a_large_configuration() -> None:
    stand_ins = StandIns()
    addresses = [IPv4Address(stand_ins.of(Private.IPV4, str(number))) for number in range(2000)]
    assert len(set(addresses)) == 2000
    assert all(any(address in network for network in EXAMPLES) for address in addresses)


def test_the_driver_reads_the_same_from_a_redacted_screen() -> None:
    text = (LITERAL / "show_boot.txt").read_text()
    assert parse.boot(redacted(text)[0]) == parse.boot(text)
    assert DellOS10.platform == "dell_os10"
