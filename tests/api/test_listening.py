"""Where the service may listen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_nornir.api.listening import Listening, check_listening
from lcm_nornir.errors import RequestError
from tests.cli.commands import lcm

TLS = (Path("lcm.pem"), Path("lcm.key"))
EVERYWHERE = ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "lcm.example.net", "", "127.0.0.1.example.net"]  # noqa: S104


@pytest.mark.parametrize("host", ["127.0.0.1", "127.42.0.1", "::1", "localhost"])
def test_S15_on_this_machine_alone_it_may_listen_as_it_is(host: str) -> None:
    check_listening(Listening(host), users=0)
    check_listening(Listening(), users=0)


@pytest.mark.parametrize("host", EVERYWHERE)
def test_S15_elsewhere_it_needs_TLS_and_a_user_and_says_what_to_do(host: str) -> None:
    with pytest.raises(RequestError, match="--tls-certificate and --tls-key") as error:
        check_listening(Listening(host), users=1)
    assert error.value.field == "--host"
    with pytest.raises(RequestError, match="lcm-nornir users add"):
        check_listening(Listening(host, 443, *TLS), users=0)
    check_listening(Listening(host, 443, *TLS), users=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1"])
def test_S15_half_of_TLS_is_none(host: str) -> None:
    with pytest.raises(RequestError, match="--tls-key"):
        check_listening(Listening(host, certificate=TLS[0]), users=1)
    with pytest.raises(RequestError, match="--tls-certificate"):
        check_listening(Listening(host, key=TLS[1]), users=1)


@given(st.ip_addresses(), st.booleans(), st.integers(0, 3))
def test_S15_no_address_of_another_kind_is_taken_for_this_machine(host: object, tls: bool, users: int) -> None:  # noqa: FBT001
    listening = Listening(str(host), 443, *(TLS if tls else ()))
    try:
        check_listening(listening, users)
    except RequestError:
        assert not str(host).startswith("127.")
        assert str(host) != "::1"
        assert not (tls and users)
    else:
        assert (tls and users) or str(host).startswith("127.") or str(host) == "::1"


@pytest.mark.slow
@pytest.mark.parametrize(
    "more", [(), ("--tls-certificate", "lcm.pem"), ("--tls-certificate", "lcm.pem", "--tls-key", "x")]
)
def test_S15_the_service_refuses_to_start_where_it_is_not_safe(tmp_path: Path, more: tuple[str, ...]) -> None:
    told = lcm("serve", "--host", "0.0.0.0", "--store", str(tmp_path / "lcm.db"), *more, code=2).stderr  # noqa: S104
    assert re.search(r"--host: 0\.0\.0\.0 can be reached from other machines|--tls-key: ", told)
