"""The status of a large job goes compressed to who takes that: what a client reads is the same."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from lcm_nornir import Image
from tests.api.services import NOBODYS, Served, served
from tests.jobs.services import write_inventory

MANY = 400  # switches whose rows are more than goes as it is


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    place = tmp_path_factory.mktemp("gzip")
    names = [f"leaf{number:03}" for number in range(MANY)]
    write_inventory(
        place, {name: {**NOBODYS, "hostname": f"192.0.2.{n % 250}"} for n, name in enumerate(names)}, {"one": names}
    )
    image = Image(url="http://192.0.2.10:8080/images/os.bin", version="10.5.6.5", sha256="ab" * 32)
    with served(place) as api:
        yield api, api.approved(image, "one", api.add_image(image))


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("deflate, gzip;q=0.5", "gzip"),
        ("br,GZIP", "gzip"),
        ("", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("x-gzip-not", None),
    ],
)
def test_a_large_status_is_compressed_for_who_takes_it(
    approved: tuple[Served, str], accepted: str, encoding: str | None
) -> None:
    api, job = approved
    at = urlsplit(api.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
    headers = {"Authorization": f"SFD {api.tokens['viewer']}", "Accept-Encoding": accepted}
    connection.request("GET", f"/lcm/update-jobs/{job}/status", headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert (answer.status, answer.getheader("content-encoding")) == (200, encoding)
    assert answer.getheader("vary") == "Accept-Encoding"
    document = json.loads(gzip.decompress(content) if encoding else content)
    assert len(document["data"]) == MANY
    assert document == api.operator.status(job).model_dump(mode="json")
