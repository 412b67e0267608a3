"""What an inventory calls a host never becomes anything but a host name, also on the command line of ssh."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nornir.core.configuration import Config, SSHConfig
from nornir.core.inventory import Host

from lcm_nornir.door import Door
from lcm_nornir.door.way import connected
from lcm_nornir.errors import ConnectFailed, RequestError

FILE = "made-by-a-host-name"
HOSTILE = (
    f"-oProxyCommand=touch {FILE}",
    f"$(touch {FILE})",
    f"`touch {FILE}`",
    f"switch;touch {FILE}",
    f"switch\ntouch {FILE}",
    f"switch]:22' ; touch {FILE} '",
    f"switch -o PermitLocalCommand=yes -o LocalCommand='touch {FILE}'",
    "-F/dev/null",
    "user@switch",
    "switch%h",
    "..",
    "",
)
TEXTS = st.one_of(
    st.text(min_size=1, max_size=40),
    st.text(alphabet="-oF;$`'\"\\|&<>()[]{}%@ \n\t\x00./:abc019", min_size=1, max_size=40),
    st.from_regex(r"\A[a-z0-9-]{1,12}(\.[a-z0-9-]{1,12})?\Z"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder to work in, with an ssh_config whose jump host refuses everything."""
    place = tmp_path_factory.mktemp("hostile")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    (place / "ssh_config").write_text(
        f"Host jump\n  HostName 127.0.0.1\n  Port {port}\n  BatchMode yes\nHost * !jump\n  ProxyJump jump\n"
    )
    before = Path.cwd()
    os.chdir(place)
    yield place
    os.chdir(before)


@pytest.mark.skipif(shutil.which("ssh") is None, reason="it is the OpenSSH client that must not be deceived")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
@example(HOSTILE[0])
@example(HOSTILE[1])
@example(HOSTILE[2])
@example(HOSTILE[3])
@example(HOSTILE[4])
@example(HOSTILE[5])
@example(HOSTILE[6])
def test_S06_no_host_name_makes_ssh_do_anything_else(place: Path, text: str) -> None:
    config = Config(ssh=SSHConfig(config_file=str(place / "ssh_config")))
    try:
        target = Door(host_keys=place).target_for(Host("leaf", hostname=text, platform="dell_os10"), config)
        sock = connected(target.way, 1.0)
    except (RequestError, ConnectFailed):
        pass
    else:
        assert sock.cmd[-3:-1] == ["-W", f"[{text}]:22"]
        assert sock.recv(1) == b""  # it has ended
        sock.close()
    assert sorted(file.name for file in place.iterdir()) == ["ssh_config"]


@pytest.mark.parametrize("text", HOSTILE)
def test_S06_a_hostile_host_name_is_refused_with_the_field_it_stands_in(place: Path, text: str) -> None:
    host = Host(text or "-", hostname=text or "-", platform="dell_os10")
    with pytest.raises(RequestError, match="is no host") as caught:
        Door(host_keys=place).target_for(host, Config())
    assert caught.value.field.startswith("hostname of ")


@pytest.mark.skipif(shutil.which("ssh") is None, reason="it is the OpenSSH client that would be deceived")
def test_S06_the_oracle_tells(place: Path) -> None:
    words = ["ssh", "-F", "none", HOSTILE[0], "switch"]
    subprocess.run(words, check=False, capture_output=True, timeout=10)
    assert (place / FILE).exists()
    (place / FILE).unlink()
