"""``lcm-nornir serve``: where it starts, where it does not, and with TLS."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from lcm_nornir import Image, Store
from lcm_nornir.api import Client
from tests.api.certificates import certificate
from tests.api.services import COMMAND, NOBODYS, Process, Served, add_users
from tests.jobs.services import write_inventory

pytestmark = pytest.mark.slow  # each starts the service, some of them often


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_inventory(tmp_path, {"a": dict(NOBODYS)}, {"one": ["a"]})
    hosts, groups = tmp_path / "api_hosts.yaml", tmp_path / "api_groups.yaml"
    options = f"{{host_file: {hosts}, group_file: {groups}}}"
    path = tmp_path / "config.yaml"
    path.write_text(
        f"inventory: {{plugin: SimpleInventory, options: {options}}}\n"
        "runner: {plugin: lcm_waves}\nlogging: {enabled: false}\n"
    )
    return path


def refused(*options: str) -> str:
    """Serve with options with which it does not start; gives what it says."""
    done = subprocess.run([*COMMAND, "serve", *options], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_S15_elsewhere_than_on_this_machine_it_needs_tls_and_a_user(config: Path, tmp_path: Path) -> None:
    store = str(tmp_path / "store" / "lcm.db")
    options = ["--config", str(config), "--store", store, "--host", "0.0.0.0", "--port", "0"]  # noqa: S104 - refused
    assert "without TLS" in refused(*options)
    cert, key = certificate(tmp_path)
    assert "--tls-key" in refused(*options, "--tls-cert", str(cert))
    assert "users add" in refused(*options, "--tls-cert", str(cert), "--tls-key", str(key))


def test_S15_with_tls_it_answers_by_https(config: Path, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    place = tmp_path / "store" / "lcm.db"
    with Store(place) as store:
        tokens = add_users(store)
    options = ["--config", str(config), "--store", str(place), "--tls-certificate", str(cert), "--tls-key", str(key)]
    service = Process(options, tmp_path / "serve")
    try:
        assert service.url.startswith("https://127.0.0.1:")
        with Client(service.url, tokens["viewer"], verify=ssl.create_default_context(cafile=cert)) as client:
            assert [switch.name for switch in client.switches()] == ["a"]
    finally:
        assert service.end() == 0
    assert service.out.read_text() == ""


def test_bad_input_is_told_before_it_listens(config: Path, tmp_path: Path) -> None:
    store = ["--store", str(tmp_path / "store" / "lcm.db")]
    assert "--config" in refused("--config", str(tmp_path / "none.yaml"), *store)
    assert "--allow" in refused("--config", str(config), "--allow", "http://x/", *store)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert "cannot be listened at" in refused("--config", str(config), "--port", port, *store)


def test_a_store_has_one_service(config: Path, tmp_path: Path) -> None:
    options = ["--config", str(config), "--store", str(tmp_path / "store" / "lcm.db"), "--port", "0"]
    service = Process(options, tmp_path / "serve")
    try:
        assert "another service runs the jobs" in refused(*options)
    finally:
        service.kill()
    assert Process(options, tmp_path / "again").end() == 0  # whatever has become of the first


def test_an_open_stream_ends_whole_when_the_service_is_asked_to_end(config: Path, tmp_path: Path) -> None:
    place = tmp_path / "store" / "lcm.db"
    with Store(place) as store:
        tokens = add_users(store)
    options = ["--config", str(config), "--store", str(place), "--allow", "192.0.2.0/24"]
    service = Process(options, tmp_path / "serve")
    with Client(service.url, tokens["operator"]) as operator:
        api = Served(service.url, tmp_path, tokens, {"operator": operator})
        image = Image(url="http://192.0.2.10/os.bin", version="10.5.6.5", sha256="ab" * 32)
        job = operator.create_job(api.body(image, "one", api.add_image(image))).new_object_id
        stream = operator.events(job)
        assert next(stream).kind == "job"
        begin = time.monotonic()
        assert service.end() == 0
        assert list(stream) == []  # and no error: it was not cut
        assert time.monotonic() - begin < 5


def test_a_rehearsal_leaves_nothing_and_tells_a_shell_what_it_needs(tmp_path: Path) -> None:
    service = Process(["--rehearse", "--switches", "1", "--platform", "all"], tmp_path / "serve")
    told = dict(line.split("=", 1) for line in service.out.read_text().splitlines())
    assert service.end() == 0
    assert told["API"] == service.url
    assert told["OPERATOR_PASSWORD"] in service.err.read_text()
    assert not any("Traceback" in file.read_text() for file in (service.out, service.err))
