"""The image server, asked by hand: each fault under ``/faults/FAULT/FILE``."""

from __future__ import annotations

import hashlib
import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lcm_nornir.simulator import ImageServerSpec, SwitchSpec, image

from .console import Console, install

if TYPE_CHECKING:
    from lcm_nornir.simulator import SimulatedImage

    from .conftest import StartsFleets

SIZE = 200_000


@pytest.fixture(scope="module")
def served(start: StartsFleets) -> SimulatedImage:
    fleet = start(images=ImageServerSpec(size=SIZE), speed=600.0)
    assert fleet.image is not None
    return fleet.image


def ask(served: SimulatedImage, fault: str = "", timeout: float = 5.0) -> tuple[int, bytes, str]:
    """Get the file; gives status, content, and how it ended."""
    parts = urlsplit(served.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    content = b""
    try:
        connection.request("GET", f"/faults/{fault}{parts.path}" if fault else parts.path)
        answer = connection.getresponse()
        while piece := answer.read1(65_536):
            content += piece
    except (TimeoutError, ConnectionResetError) as error:
        return 0, content, type(error).__name__
    finally:
        connection.close()
    return answer.status, content, "whole" if len(content) == int(answer.headers["Content-Length"]) else "cut"


def test_the_file_is_what_the_fleet_says(served: SimulatedImage) -> None:
    status, content, end = ask(served)
    assert (status, end, len(content)) == (200, "whole", SIZE)
    assert hashlib.sha256(content).hexdigest() == served.sha256
    assert hashlib.sha512(content).hexdigest() == served.sha512
    assert image.read([content]).version == served.version
    assert content == image.make(served.version, SIZE, "OS10")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_F20_statuses(served: SimulatedImage, status: int) -> None:
    assert ask(served, f"http-{status}")[0] == status


def test_F21_server_hangs(served: SimulatedImage) -> None:
    assert ask(served, "server-hang", 0.2) == (0, b"", "TimeoutError")


def test_F21_stall(served: SimulatedImage) -> None:
    _, content, end = ask(served, "stall:30", 0.2)
    assert (len(content), end) == (SIZE * 30 // 100, "TimeoutError")


@pytest.mark.parametrize("percent", [1, 50, 99])
def test_F22_reset(served: SimulatedImage, percent: int) -> None:
    _, content, end = ask(served, f"reset:{percent}")
    assert (len(content), end) == (SIZE * percent // 100, "ConnectionResetError")


def test_F23_slow(served: SimulatedImage) -> None:
    assert ask(served, "slow:2")[1:] == (ask(served)[1], "whole")


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [("truncated", "size"), ("bit-flip", "checksum"), ("html-page", "header")],
)
def test_F25_damaged_files_arrive_whole_and_are_no_image(served: SimulatedImage, fault: str, wrong: str) -> None:
    status, content, end = ask(served, fault)
    assert (status, end) == (200, "whole")
    with pytest.raises(image.ImageError, match=wrong):
        image.read([content])


def test_F26_an_image_for_another_os_is_undamaged(served: SimulatedImage) -> None:
    status, content, end = ask(served, "other-file")
    assert (status, end) == (200, "whole")
    assert image.read([content]).platform == "OS9"


def test_unknown_faults_are_not_found(served: SimulatedImage) -> None:
    assert ask(served, "no-such-fault")[0] == 404


def test_F27_a_file_replaced_for_all_later_clients(start: StartsFleets) -> None:
    names = ("leaf1", "leaf2", "leaf3")
    fleet = start(*map(SwitchSpec, names), images=ImageServerSpec(faults={"*": "replaced:2"}))
    assert fleet.image is not None
    intact = []
    for name in names:
        with Console(fleet.switch(name)) as console:
            install(console, fleet.image.url)
            digest = console.run(f'system "sha256sum /var/os10-image/{fleet.image.file_name}"').split()[0]
            intact.append(digest == fleet.image.sha256)
            # The other file is as good an image and as long: nothing but its digest tells.
            verify = f"image verify image://{fleet.image.file_name} sha256 signature http://192.0.2.1/F"
            assert console.run(verify) == "Image verified successfully."
            assert f" {fleet.image.size} " in console.run("dir image")
    assert intact == [True, True, False]
    installed = [fleet.effects(name, "install_done")[0]["state"]["standby"] for name in names]
    assert installed == ["10.5.6.5", "10.5.6.5", "10.5.6.51"]


def test_a_fault_for_everybody_leaves_a_client_its_own(start: StartsFleets) -> None:
    faults = {"leaf1": "http-401", "*": "http-404"}
    fleet = start(SwitchSpec("leaf1"), SwitchSpec("leaf2"), images=ImageServerSpec(faults=faults))
    assert fleet.image is not None
    for name in ("leaf1", "leaf2"):
        with Console(fleet.switch(name)) as console:
            console.run(f"image download {fleet.image.url}")
            console.wait_for("show image status", "Failed")
    assert [fleet.effects(name)[-1]["cause"] for name in ("leaf1", "leaf2")] == ["401", "404"]


def test_the_file_may_have_another_name(start: StartsFleets) -> None:
    fleet = start(images=ImageServerSpec(size=SIZE, file_name="other.bin"))
    assert fleet.image is not None
    assert fleet.image.url.endswith("/other.bin")
    assert ask(fleet.image)[0] == 200
