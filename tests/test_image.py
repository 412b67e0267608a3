"""An image is refused by field and cure before any switch is touched; what passes may be typed at a switch."""

from __future__ import annotations

import hashlib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nornir.core.inventory import Defaults, Group, Host, ParentGroups

from lcm_nornir.errors import RequestError
from lcm_nornir.host_data import lcm_data
from lcm_nornir.image import Digest, Image, ImageCatalog, check_images, image_for
from lcm_nornir.secrets import SecretRef

URL = "http://192.0.2.10/os/image-1.bin"
CONTENT = b"an image"
SHA256, SHA512 = hashlib.sha256(CONTENT).hexdigest(), hashlib.sha512(CONTENT).hexdigest()
HOSTILE = "\n\r\t\x00\x1b\x7f\x85\u2028 ;|?`'\"\\&<>$*{}!#^é\uff0e"
TEXTS = st.text(st.sampled_from("ab1.-_/:@%+~=,()[]") | st.sampled_from(HOSTILE) | st.characters(), max_size=12)
SWIFT = settings(max_examples=300, deadline=None, derandomize=True)


def refused(**fields: Any) -> RequestError:
    with pytest.raises(RequestError) as caught:
        Image(**({"version": "10.5.6.5"} | fields))
    assert caught.value.cure
    assert str(caught.value) == f"{caught.value.field}: {caught.value.message}; {caught.value.cure}"
    return caught.value


def harmless(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set(HOSTILE) & set(text)


def leaf(name: str = "leaf1", own: Any = None, defaults: Any = None, groups: dict[str, Any] | None = None) -> Host:
    parents = ParentGroups([Group(name=group, data={"lcm": data}) for group, data in (groups or {}).items()])
    data, fallback = ({"lcm": level} if level is not None else {} for level in (own, defaults))
    return Host(name=name, platform="dell_os10", groups=parents, data=data, defaults=Defaults(data=fallback))


def catalog(folder: Path, text: str) -> ImageCatalog:
    file = folder / "images.yaml"
    file.write_text(text)
    return ImageCatalog.load(file)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    file = tmp_path / "image-1.bin"
    file.write_bytes(CONTENT)
    return file


@pytest.mark.parametrize(
    "url",
    [
        *("h/i.bin", "//h/i.bin", "http:///i.bin", "HTTP://h/i.bin", "http+x://h/i.bin", "1http://h/i.bin", "x://h/i"),
        *("http://h:0/i.bin", "http://h:65536/i.bin", "http://h:x/i.bin", "http://h:-1/i.bin"),
        *("http://-h/i.bin", "http://h_h/i.bin", "http://h../i.bin", f"http://{'h' * 64}/i.bin"),
        *("http://[::1/i.bin", f"http://{'h.' * 127}/i.bin"),
        *("http://h/i.bin?", "http://h/i.bin?a=b", "http://h/i.bin#", "http://h/i.bin#a"),
        *("http://h/../i.bin", "http://h/a/../i.bin", "http://h/./i.bin", "http://h/..", "http://h/."),
        *("http://h", "http://h/", "http://h/-i.bin", "http://h/.i.bin", f"http://h/{'i' * 201}"),
        *("http://h/a%0ai.bin", "http://h/%7f/i.bin", "http://h/%2f/i.bin", "http://h/%/i.bin", "http://h/%c3%a9/i"),
    ],
)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    assert refused(url=url).field == "url"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *product(["version"], ["", "-1", "10.5\n", "10 5", "10/5", "10;5", "\uff11", "1" * 65]),
        *product(["sha256", "sha512"], ["a" * 63, "g" * 64, "g" * 128, SHA256 + "\n", 12, None]),
        *product(["size"], [0, -1, True, "5", 1.0]),
    ],
)
def test_a_field_of_another_form_is_refused_by_its_name(field: str, value: object) -> None:
    assert refused(**({"url": URL} | {field: value})).field == field


@pytest.mark.parametrize("place", range(len(URL) + 1))
def test_S07_a_hostile_character_is_refused_at_any_place_of_a_url(place: int) -> None:
    for character in HOSTILE:
        assert refused(url=URL[:place] + character + URL[place:]).field == "url"


@SWIFT
@given(
    st.sampled_from([URL + "{}", "http://192.0.2.10{}", "http://h/{}/i.bin", "{}://h/i.bin", "http://{}/i", "{}"]),
    TEXTS,
)
def test_S07_a_url_that_is_accepted_is_harmless_to_type(form: str, text: str) -> None:
    try:
        image = Image(url=form.replace("{}", text), version="1")
    except RequestError:
        return
    assert harmless(image.url)
    assert not image.name.startswith("-")
    assert ".." not in image.url.split("/")


@SWIFT
@given(TEXTS)
def test_S07_a_version_that_is_accepted_is_harmless_to_type(text: str) -> None:
    try:
        version = Image(url=URL, version=text).version
    except RequestError:
        return
    assert harmless(version)
    assert not version.startswith("-")


@SWIFT
@given(TEXTS)
def test_S07_a_file_name_that_is_accepted_is_harmless_to_type(text: str) -> None:
    file = Path("nowhere") / text.replace("/", "")
    accepted = "cannot be read" in refused(file=file).message
    assert not accepted or (harmless(file.name) and not file.name.startswith(("-", ".")))


@pytest.mark.parametrize(
    "place", ["[fe80::1%25a;reload]", "[fe80::1%a`b]", "[fe80::1%'|]", "[::1]x", "[v1.a]", "h/%2e%2e", "h/.%2E"]
)
def test_S07_a_url_smuggles_nothing_in_brackets_or_escapes(place: str) -> None:
    assert refused(url=f"http://{place}/i.bin").field == "url"


@pytest.mark.parametrize(
    "url",
    [
        *("http://user:hunter22@h/i.bin", "ftp://user:hunter22@h:x/i.bin", "http://user:hunter22@/i.bin"),
        *("http://h?user:hunter22@h/i.bin", "http://user:hunter22\\@h/i.bin", "http://user:hunter22@h/a b/i.bin"),
    ],
)
def test_S11_credentials_in_a_url_are_refused_and_not_repeated(url: str) -> None:
    error = refused(url=url)
    assert error.field == "url"
    assert "hunter22" not in str(error)


@pytest.mark.parametrize("url", ["http:/user:hunter22@h/i", "user:hunter22@h/i", "http://user:hunter22/x@h/i"])
def test_S11_a_mistyped_url_does_not_show_its_password(url: str) -> None:
    assert "hunter22" not in str(refused(url=url))


@pytest.mark.parametrize("fields", [{"url": 5}, {"url": URL, "version": 10}])
def test_a_number_in_place_of_text_is_refused(fields: dict[str, Any]) -> None:
    assert refused(**fields).field == list(fields)[-1]


def test_the_longest_host_name_and_the_smallest_size_are_accepted() -> None:
    image = Image(url=f"http://{'h.' * 126}h/i.bin", version="1", size=1)
    assert (len(image.server), image.size) == (253, 1)


def test_an_image_has_exactly_one_of_url_and_file(local: Path) -> None:
    assert [refused(**fields).field for fields in ({}, {"url": URL, "file": local})] == ["url, file"] * 2


def test_a_url_tells_name_scheme_server_and_digest() -> None:
    image = Image(url="https://images.example:8443/os/i+1.bin", version="10.4.0E(R3)", sha512=SHA512.upper())
    assert (image.name, image.scheme, image.server) == ("i+1.bin", "https", "images.example:8443")
    assert image.digest == Digest("sha512", SHA512)
    assert Image(url=URL, version="1", sha256=SHA256, sha512=SHA512).digest == Digest("sha256", SHA256)
    assert Image(url=URL, version="1").digest is None


def test_a_local_file_is_read_once(local: Path) -> None:
    image = Image(file=local, version="1", sha256=SHA256, size=len(CONTENT))
    local.write_bytes(b"another")
    assert (image.digest, image.size, image.name) == (Digest("sha256", SHA256), len(CONTENT), local.name)
    assert (image.scheme, image.server, image.served_from("http://h")) == ("file", "", image)


def test_a_local_file_is_known_by_each_algorithm_for_no_switch_computes_all_of_them(local: Path) -> None:
    image = Image(file=local, version="1", sha512=SHA512)
    assert (image.sha256, image.sha512) == (SHA256, SHA512)
    assert image.pinned(("sha512",)) == Digest("sha512", SHA512)
    assert Image(url=URL, version="1", sha256=SHA256).pinned(("sha512",)) is None


def test_an_image_is_spelled_as_its_switch_writes_the_version_and_its_file_is_not_read_again(local: Path) -> None:
    image = Image(file=local, version="1", sha256=SHA256)
    local.unlink()
    assert (image.spelled("01").version, image.spelled("01").digest, image.version) == ("01", image.digest, "1")


@pytest.mark.parametrize(("field", "value"), [("sha256", "0" * 64), ("sha512", "0" * 128), ("size", 7)])
def test_a_local_file_that_is_not_the_pinned_one_is_refused(local: Path, field: str, value: object) -> None:
    assert refused(file=local, **{field: value}).field == field


@pytest.mark.parametrize("name", ["missing.bin", "-rf.bin", ".hidden", "empty.bin", ""])
def test_a_file_that_is_missing_empty_or_oddly_named_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.bin").touch()
    assert refused(file=tmp_path / name).field == "file"


@pytest.mark.parametrize("prefix", ["http://[2001:db8::1]:8080/os", "http://[2001:db8::1]:8080/os/"])
def test_an_image_behind_another_server_differs_in_its_url_only(prefix: str) -> None:
    image = Image(url=URL, version="1", sha256=SHA256, size=5, credentials=SecretRef("env", "SERVER"))
    served = image_for(leaf(own={"image_server": prefix}), image)
    assert served == Image("http://[2001:db8::1]:8080/os/image-1.bin", None, "1", SHA256, "", 5, image.credentials)


@pytest.mark.parametrize("prefix", ["http://user:hunter22@h", "h", "http://h/?", "http://h/.."])
def test_an_image_server_that_makes_no_url_is_refused(prefix: str) -> None:
    with pytest.raises(RequestError, match=r"^url: ") as caught:
        check_images([leaf(own={"image_server": prefix})], Image(url=URL, version="1"))
    assert "hunter22" not in str(caught.value)


def test_the_nearest_level_of_the_inventory_wins_key_by_key() -> None:
    host = leaf(
        own={"serial": "host", "timeouts": {"poll": 1}},
        groups={"near": {"model": "near", "timeouts": {"poll": 2, "probe": 2}}, "far": {"model": "far", "vrf": "far"}},
        defaults={"serial": "default", "peer": "default", "timeouts": {"poll": 3, "reply": 3}},
    )
    times = {"poll": 1, "probe": 2, "reply": 3}
    expected = {"serial": "host", "model": "near", "vrf": "far", "peer": "default", "timeouts": times}
    assert lcm_data(host) == expected
    assert lcm_data(leaf()) == {}


@pytest.mark.parametrize("wrong", [{"seriall": "x"}, 5, ["serial"]])
@pytest.mark.parametrize(("level", "name"), [("own", "leaf1"), ("defaults", "defaults"), ("groups", "leaf")])
def test_an_unknown_key_is_refused_at_its_level(level: str, name: str, wrong: Any) -> None:
    levels: dict[str, Any] = {level: {"leaf": wrong} if level == "groups" else wrong}
    with pytest.raises(RequestError, match=f"^data.lcm of {name}: .*; keys are: id, image_server"):
        lcm_data(leaf(**levels))


@pytest.mark.parametrize("wrong", [None, 5])
def test_time_outs_that_are_no_mapping_are_refused(wrong: object) -> None:
    with pytest.raises(RequestError, match="timeouts"):
        lcm_data(leaf(own={"timeouts": wrong}))


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ("{}", True),
        *(("{platform: dell_os10, model: S5248F-ON, group: leaf}", True), ("{platform: nxos}", False)),
        *(("{model: S5232F-ON}", False), ("{group: spine}", False), ("{group: leaf, model: S5232F-ON}", False)),
    ],
)
def test_an_entry_of_the_catalogue_fits_if_all_of_its_match_does(tmp_path: Path, match: str, fits: object) -> None:
    images = catalog(tmp_path, f"images:\n- {{match: {match}, url: {URL}, version: 10.5.6.5}}")
    host = leaf(own={"model": "S5248F-ON"}, groups={"leaf": {}})
    if fits:
        assert image_for(host, images) == Image(url=URL, version="10.5.6.5")
    else:
        with pytest.raises(RequestError, match=r"^images: 0 images fit the switch leaf1; "):
            image_for(host, images)


def test_two_entries_that_fit_one_switch_are_refused(tmp_path: Path) -> None:
    images = catalog(tmp_path, f"images:\n- {{url: {URL}, version: 1.0.1}}\n- {{url: {URL}, version: 1.0.2}}")
    with pytest.raises(RequestError, match=r"^images: 2 images fit the switch leaf1; "):
        check_images([leaf()], images)


def test_files_of_the_catalogue_stand_beside_it_and_its_secrets_are_references(tmp_path: Path, local: Path) -> None:
    images = catalog(tmp_path, f"images:\n- {{file: {local.name}, version: 1.0.1, credentials: 'env:X'}}")
    assert image_for(leaf(), images) == Image(file=local, version="1.0.1", credentials=SecretRef("env", "X"))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        *product(
            ["images: {", "a: 1\na: 2", "images: !x [1]", "\x01", "images: 5", "images: []", "- 1", ""], ["images"]
        ),
        ("images: [5]", "images[1]"),
        (f"images:\n- {{url: {URL}, version: 1.0.1}}\n- {{urll: {URL}}}", "images[2]"),
        *product(
            ["images: [{match: {x: 1}}]", "images: [{match: 5}]", "images: [{match: [group]}]"], ["images[1].match"]
        ),
        (f"images: [{{url: '{URL}'}}]", "images[1].version"),
        ("images: [{url: 'http://user:hunter22@h/i', version: 1.0.1}]", "images[1].url"),
    ],
)
def test_a_wrong_catalogue_is_refused_where_it_is_wrong(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(RequestError) as caught:
        catalog(tmp_path, text)
    assert caught.value.field == field
    assert caught.value.cure
    assert "hunter22" not in str(caught.value)


def test_a_catalogue_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"^images: .* cannot be read"):
        ImageCatalog.load(tmp_path / "missing.yaml")


def test_a_version_of_the_catalogue_is_never_another_version(tmp_path: Path) -> None:
    with pytest.raises(RequestError):
        catalog(tmp_path, f"images: [{{url: '{URL}', version: 10.10}}]")


OUTSIDE = ["../image.bin", "/{outside}/image.bin", "sub/../../image.bin", "link.bin", "linked/image.bin"]


@pytest.mark.parametrize("file", OUTSIDE)
def test_S08_a_file_of_a_catalogue_does_not_leave_the_image_folder(tmp_path: Path, file: str) -> None:
    inside, outside = tmp_path / "images", tmp_path / "outside"
    (inside / "sub").mkdir(parents=True)
    outside.mkdir()
    for folder in (tmp_path, outside):
        (folder / "image.bin").write_bytes(b"an image")
    (inside / "link.bin").symlink_to(outside / "image.bin")
    (inside / "linked").symlink_to(outside)
    catalogue = inside / "images.yaml"
    named = file.replace("/{outside}", str(outside))
    catalogue.write_text(f"images:\n  - {{file: {named}, version: 10.5.6.5}}\n")
    with pytest.raises(RequestError, match="leaves the image folder") as caught:
        ImageCatalog.load(catalogue)
    assert caught.value.field == "images[1].file"
    catalogue.write_text("folder: ..\nimages:\n  - {file: outside/image.bin, version: 10.5.6.5}\n")
    (entry,) = ImageCatalog.load(catalogue).entries
    assert entry.image.size == len(b"an image")


@pytest.mark.parametrize("file", ["image.bin", "sub/image.bin", "sub/../image.bin", "link.bin"])
def test_S08_a_file_in_the_image_folder_may_be_named_in_any_way(tmp_path: Path, file: str) -> None:
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "image.bin").write_bytes(b"an image")
    (tmp_path / "link.bin").symlink_to(tmp_path / "sub" / "image.bin")
    (tmp_path / "images.yaml").write_text(f"images:\n  - {{file: {file}, version: 10.5.6.5}}\n")
    (entry,) = ImageCatalog.load(tmp_path / "images.yaml").entries
    assert entry.image.size == len(b"an image")
