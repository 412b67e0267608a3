"""What to install, and on which switch."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple, Self
from urllib.parse import urlsplit

from nornir.core.inventory import Host

from lcm_nornir.errors import DownloadValidationFailed, RequestError
from lcm_nornir.host_data import lcm_data
from lcm_nornir.secrets import SecretRef

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.()_+~-]{0,63}")
_FILE_NAME = re.compile(r"[0-9A-Za-z_][0-9A-Za-z._+-]{0,199}")
_SCHEME = re.compile(r"[a-z][a-z0-9]{1,15}")
_PATH = re.compile(r"(/[0-9A-Za-z._~+@:,%=-]*)+")
_LABEL = r"(?!-)[0-9A-Za-z-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NETLOC = re.compile(rf"(?:\[[0-9A-Fa-f:.]+\]|{_HOST_NAME.pattern})(?::[0-9]{{1,5}})?")
_ZONE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,14}")
_BAD_ESCAPE = re.compile(r"%(?![2-7][0-9A-Fa-f])|%(?:2[eEfF]|7[fF])")
_HEX = re.compile(r"[0-9a-f]+")
_BLOCK = 1 << 20
DIGEST_LENGTH: Mapping[str, int] = {"sha256": 64, "sha512": 128}
"""Algorithms, the one that is preferred first, and how many hexadecimal digits each gives."""


class Digest(NamedTuple):
    """A digest of an image: the algorithm (``sha256`` or ``sha512``) and lower-case hexadecimal digits."""

    algorithm: str
    value: str


def host_name(text: str, where: str) -> str:
    """Check that a text is an IP address or a DNS name (RFC 1123), so that it can be nothing else on its way.

    Raises:
        RequestError: It is neither.
    """
    address, zone_sign, zone = text.partition("%")
    try:
        ip_address(address)
        if zone_sign and not _ZONE.fullmatch(zone):
            raise ValueError  # noqa: TRY301
    except ValueError:
        if not _HOST_NAME.fullmatch(text) or len(text) > 253:  # noqa: PLR2004 - RFC 1123 section 2.1
            raise RequestError(f"{text!r} is no host", field=where, cure="write an IP address or a DNS name") from None
    return text


@dataclass(frozen=True, slots=True)
class Image:
    """An operating-system image: where it comes from, which version it is, and how it is recognised.

    Every text in it is checked against an allow-list here, since it will be typed at a switch.

    Args:
        url: Where switches fetch it from (pull). Without credentials, ``?`` and ``#``.
        file: Local file that is sent to the switches (push). Its digest and size are read once, here.
        version: The version that a switch reports when it runs the image, as the switch writes it.
        sha256: Digest, hexadecimal.
        sha512: The same with SHA-512; one of the two is enough.
        size: Bytes, if known.
        credentials: Reference to ``user:password`` for the image server.

    Raises:
        RequestError: A field is wrong; it says which, and what to write instead.
    """

    url: str = ""
    file: Path | None = None
    version: str = ""
    sha256: str = ""
    sha512: str = ""
    size: int | None = None
    credentials: SecretRef | None = None

    def __post_init__(self) -> None:
        for name in ("url", "version"):
            if not isinstance(value := getattr(self, name), str):
                raise RequestError(f"{value!r} is no text", field=name, cure="quote it")
        if bool(self.url) == (self.file is not None):
            raise RequestError("an image has a url or a file", field="url, file", cure="give exactly one of them")
        if not _VERSION.fullmatch(self.version):
            raise RequestError(
                f"{self.version!r} is no version", field="version", cure="write it as the switch does, e.g. 10.5.6.5"
            )
        self._check_digests()
        if self.size is not None and (type(self.size) is not int or self.size < 1):
            raise RequestError(f"{self.size!r} is no size", field="size", cure="write bytes")
        if self.file is None:
            _check_url(self.url)
        else:
            self._read_file(Path(self.file))

    @property
    def name(self) -> str:
        """File name of the image, there and on the switch."""
        return self.file.name if self.file else PurePosixPath(urlsplit(self.url).path).name

    @property
    def digest(self) -> Digest | None:
        """The pinned digest, SHA-256 before SHA-512; none if there is none."""
        for algorithm in DIGEST_LENGTH:
            if value := getattr(self, algorithm):
                return Digest(algorithm, value)
        return None

    def pinned(self, algorithms: Iterable[str]) -> Digest | None:
        """Give the pinned digest by the first of these algorithms by which there is one; None if there is none."""
        values = ((algorithm, str(getattr(self, algorithm, ""))) for algorithm in algorithms)
        return next((Digest(algorithm, value) for algorithm, value in values if value), None)

    def spelled(self, version: str) -> Image:
        """Give the same image with its version as its switch writes it; a local file is not read again."""
        other = copy(self)
        object.__setattr__(other, "version", version)
        return other

    @property
    def scheme(self) -> str:
        """Scheme of the URL in lower case, or ``file`` for a push."""
        return urlsplit(self.url).scheme if self.url else "file"

    @property
    def server(self) -> str:
        """``host:port`` of the image server, or empty for a push: copies from one server share a limit."""
        return urlsplit(self.url).netloc if self.url else ""

    def served_from(self, prefix: str) -> Image:
        """Give the same image behind another server: `prefix` and the file name are the new URL.

        Raises:
            RequestError: The URL that results is none.
        """
        if not self.url:
            return self
        return Image(
            url=f"{prefix.rstrip('/')}/{self.name}",
            version=self.version,
            sha256=self.sha256,
            sha512=self.sha512,
            size=self.size,
            credentials=self.credentials,
        )

    def opened(self) -> Pinned:
        """Open the local file for being sent; a context manager.

        Raises:
            RequestError: It cannot be opened, or the image has a url.
        """
        if self.file is None or self.digest is None or self.size is None:
            raise RequestError("the image has no local file", field="file", cure="give one, or let switches fetch it")
        try:
            return Pinned(self.file.open("rb"), self.digest, self.size)
        except OSError as error:
            raise _unreadable(self.file, error) from error

    def dump(self) -> dict[str, Any]:
        """Give it as plain data, as a catalogue writes it; `restore` makes the same image of that."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {name: str(value) if name in ("file", "credentials") else value for name, value in values.items()}
        if self.file:
            plain["file"] = str(self.file.absolute())
        return {name: plain[name] for name, value in values.items() if value}

    @classmethod
    def restore(cls, data: Mapping[str, Any], folder: Path = Path()) -> Image:
        """Make an image of plain data.

        Args:
            data: As `dump` gives it.
            folder: Where a relative ``file`` lies.

        Raises:
            RequestError: A field is wrong, or a local file is not any more what was pinned.
        """
        values = dict(data)
        if "file" in values:
            values["file"] = folder / str(values["file"])
        if "credentials" in values:
            values["credentials"] = SecretRef.parse(str(values["credentials"]))
        return cls(**values)

    def _check_digests(self) -> None:
        for algorithm, length in DIGEST_LENGTH.items():
            value = getattr(self, algorithm)
            if not isinstance(value, str):
                raise RequestError(
                    f"{value!r} is no digest", field=algorithm, cure=f"quote the {length} hexadecimal digits"
                )
            object.__setattr__(self, algorithm, value := value.lower())
            if value and not (len(value) == length and _HEX.fullmatch(value)):
                raise RequestError(
                    f"{len(value)} characters are no {algorithm.upper()} digest",
                    field=algorithm,
                    cure=f"write {length} hexadecimal digits",
                )

    def _read_file(self, path: Path) -> None:
        if not _FILE_NAME.fullmatch(path.name):
            raise RequestError(
                f"{path.name!r} is no file name that may be typed", field="file", cure="use letters, digits and ._+-"
            )
        for name, found in _measured(path).items():
            wanted = getattr(self, name)
            if wanted and wanted != found:
                raise RequestError(
                    f"{path.name} has {found}", field=name, cure=f"{wanted} was asked for: check the file"
                )
            object.__setattr__(self, name, found)
        object.__setattr__(self, "file", path)


def _measured(path: Path) -> dict[str, Any]:
    """Read a file once: its digests by each algorithm, since no switch knows all of them, and its size."""
    digests = {algorithm: hashlib.new(algorithm) for algorithm in DIGEST_LENGTH}
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                for digest in digests.values():
                    digest.update(block)
            size = file.tell()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not size:
        raise RequestError(f"{path} is empty", field="file", cure="name an image file")
    return {algorithm: digest.hexdigest() for algorithm, digest in digests.items()} | {"size": size}


def _unreadable(path: Path, error: OSError) -> RequestError:
    return RequestError(f"{path} cannot be read: {error.strerror}", field="file", cure="name an image file")


class Pinned:
    """A local image that is read once, from one open file: what was read is compared with what was pinned.

    So it does not matter what becomes of its name meanwhile.

    Args:
        file: The open file; closed at the end of the block.
        digest: What was pinned.
        size: Bytes.
    """

    def __init__(self, file: BinaryIO, digest: Digest, size: int) -> None:
        self._file, self._digest, self._size = file, digest, size
        self._found = hashlib.new(digest.algorithm)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """Read on, at most to the size that was pinned.

        Raises:
            DownloadValidationFailed: The file has become shorter.
        """
        data = self._file.read(min(size, self._size - self._file.tell()))
        if not data:
            raise self._changed(f"it has {self._file.tell()} of {self._size} bytes")
        self._found.update(data)
        return data

    def tell(self) -> int:
        """Give how many bytes were read."""
        return self._file.tell()

    def check(self) -> None:
        """Check what was read.

        Raises:
            DownloadValidationFailed: It is not what was pinned.
        """
        if (found := self._found.hexdigest()) != self._digest.value:
            raise self._changed(f"its {self._digest.algorithm} is {found}, {self._digest.value} was pinned")

    def _changed(self, what: str) -> DownloadValidationFailed:
        return DownloadValidationFailed(
            f"the local image was changed after it was pinned: {what}",
            remedy="restore the file, then run again; nothing was installed",
        )


def _check_url(url: str) -> None:
    def wrong(what: str, cure: str) -> RequestError:
        return RequestError(what, field="url", cure=cure)

    shown = "this" if "@" in url else repr(url)  # it may be a password

    if "@" in url.partition("://")[2].partition("/")[0]:
        raise wrong("credentials must not stand in it", "use credentials (a secret reference) instead")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong(f"{shown} is no URL", "write e.g. http://192.0.2.10/image.bin") from None
    if not _SCHEME.fullmatch(parts.scheme) or not parts.hostname or port == 0:
        raise wrong(f"{shown} is no URL", "write e.g. http://192.0.2.10/image.bin")
    if url != parts.geturl() or parts.query or parts.fragment:
        raise wrong(f"{shown} has parts that no image URL has", "leave ? and # and unusual characters out")
    host_name(parts.hostname, "url")
    if not _NETLOC.fullmatch(parts.netloc):
        raise wrong(f"{shown} has no plain host and port", "write e.g. http://192.0.2.10:8080/image.bin")
    segments = parts.path.split("/")
    if not _PATH.fullmatch(parts.path) or _BAD_ESCAPE.search(parts.path) or {".", ".."} & set(segments):
        raise wrong(
            f"{parts.path!r} has characters that may not be typed", "use letters, digits and ._~+@:,%=- without '..'"
        )
    if not _FILE_NAME.fullmatch(segments[-1]):
        raise wrong(f"{url!r} ends in no file name", "end it in a name of letters, digits and ._+-")


@dataclass(frozen=True, slots=True)
class _Entry:
    image: Image
    match: Mapping[str, str] = field(default_factory=dict)

    def fits(self, host: Host) -> bool:
        return all(_MATCHES[key](host, value) for key, value in self.match.items())


_MATCHES = {
    "platform": lambda host, value: host.platform == value,
    "model": lambda host, value: lcm_data(host).get("model") == value,
    "group": lambda host, value: host.has_parent_group(value),
}


@dataclass(frozen=True, slots=True)
class ImageCatalog:
    """Which image belongs on which switch: the one entry whose ``match`` (platform, model, group) fits the host.

    In YAML::

        images:
          - match: {group: leaf}
            url: http://192.0.2.10/image-10.5.6.5.bin
            version: 10.5.6.5
            sha256: 0c1f…

    A local ``file`` is looked for in the catalogue's folder, or in the ``folder`` that the catalogue names beside
    ``images``, and must lie in it.

    The model is the inventory's, ``data["lcm"]["model"]``; readiness compares it with the switch's own.
    """

    entries: tuple[_Entry, ...]

    @classmethod
    def load(cls, path: Path | str) -> ImageCatalog:
        """Read a catalogue file.

        Raises:
            RequestError: It cannot be read, or an entry is wrong.
        """
        from ruamel.yaml import YAML  # noqa: PLC0415 - only catalogues need it
        from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as above

        try:
            document = YAML(typ="safe").load(Path(path).read_text(encoding="utf-8"))
        except (OSError, YAMLError, UnicodeDecodeError) as error:
            raise RequestError(f"{path} cannot be read: {error}", field="images", cure="name a YAML file") from error
        rows = document.get("images") if isinstance(document, dict) else None
        if not isinstance(rows, list) or not rows:
            raise RequestError(f"{path} has no list 'images'", field="images", cure="write at least one entry")
        folder = Path(path).parent / str(document.get("folder", ""))
        for number, row in enumerate(rows, 1):
            if isinstance(row, dict) and "file" in row:
                _check_below(folder, str(row["file"]), f"images[{number}].file")
        return cls.restore(rows, folder)

    @classmethod
    def restore(cls, rows: Iterable[Any], folder: Path = Path()) -> ImageCatalog:
        """Make a catalogue of its entries as plain data.

        Args:
            rows: As under ``images`` in the file, or as `dump` gives them.
            folder: Where a relative ``file`` lies.

        Raises:
            RequestError: An entry is wrong.
        """
        return cls(tuple(_entry(number, row, folder) for number, row in enumerate(rows, 1)))

    def dump(self) -> list[dict[str, Any]]:
        """Give its entries as plain data; `restore` makes the same catalogue of that."""
        return [{"match": dict(entry.match), **entry.image.dump()} for entry in self.entries]

    def image_for(self, host: Host) -> Image:
        """Give the host's image.

        Raises:
            RequestError: No entry fits, or more than one.
        """
        fitting = [entry for entry in self.entries if entry.fits(host)]
        if len(fitting) != 1:
            raise RequestError(
                f"{len(fitting)} images fit the switch {host.name}",
                field="images",
                cure="exactly one entry must match it",
            )
        return fitting[0].image


def _check_below(folder: Path, file: str, where: str) -> None:
    """Refuse a file that lies elsewhere, whatever ``..`` and symbolic links make of its name."""
    if not (folder / file).resolve().is_relative_to(folder.resolve()):
        raise RequestError(
            f"{file!r} leaves the image folder {folder}",
            field=where,
            cure="move it there, or name another folder (folder: at the top of the catalogue)",
        )


def _entry(number: int, row: Any, folder: Path) -> _Entry:
    where = f"images[{number}]"
    if not isinstance(row, dict):
        raise RequestError("is no mapping", field=where, cure="write match, url or file, version, sha256")
    known = {"match", "url", "file", "version", "sha256", "sha512", "size", "credentials"}
    if unknown := sorted(map(str, set(row) - known)):
        raise RequestError(f"unknown key {unknown[0]}", field=where, cure=f"keys are: {', '.join(sorted(known))}")
    values = dict(row)
    match = values.pop("match", None) or {}
    if not isinstance(match, dict) or not set(match) <= set(_MATCHES):
        raise RequestError("is no match", field=f"{where}.match", cure=f"keys are: {', '.join(sorted(_MATCHES))}")
    if isinstance(values.get("version"), int | float):
        raise RequestError("is a number to YAML", field=f"{where}.version", cure="quote it")
    try:
        return _Entry(Image.restore(values, folder), {key: str(value) for key, value in match.items()})
    except RequestError as error:
        raise RequestError(error.message, field=f"{where}.{error.field}", cure=error.cure) from error


def image_for(host: Host, image: Image | ImageCatalog) -> Image:
    """Give the image that this host is to run, as this host is to fetch it (``data["lcm"]["image_server"]``).

    Raises:
        RequestError: The catalogue has none or several for it, or the host's image server makes no URL.
    """
    chosen = image.image_for(host) if isinstance(image, ImageCatalog) else image
    prefix = lcm_data(host).get("image_server")
    return chosen.served_from(prefix) if prefix else chosen


def check_images(hosts: Iterable[Host], image: Image | ImageCatalog) -> None:
    """Refuse a selection of which a host has no image, before any switch is touched.

    Raises:
        RequestError: As `image_for`.
    """
    for host in hosts:
        image_for(host, image)
