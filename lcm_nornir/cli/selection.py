"""Which switches, and which image: the user's words turned into Nornir's, or refused before anything is touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nornir import InitNornir
from nornir.core import Nornir
from nornir.core.filter import F
from nornir.core.inventory import Host
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lcm_nornir.door import Door
from lcm_nornir.errors import RequestError
from lcm_nornir.host_data import pair_up, peers_of
from lcm_nornir.image import Image, ImageCatalog
from lcm_nornir.runners.waves import WaveRunner

_OPTION_OF = {"url": "--image-url", "file": "--image-file", "url, file": "--image-url, --image-file, --images"}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which switches a command is about.

    Attributes:
        config: Nornir's configuration file.
        limits: Names of switches and groups, or patterns.
        filters: ``KEY=VALUE`` as for Nornir's `F`.
        expected: How many they must be; None if any number will do.
    """

    config: Path
    limits: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    expected: int | None = None


def nornir_of(config: Path) -> Nornir:
    """Open the user's inventory with Nornir, under our runner.

    Raises:
        RequestError: It cannot be opened.
    """
    if not config.is_file():
        raise RequestError(f"there is no file {config}", field="--config", cure="name Nornir's configuration file")
    try:
        nornir = InitNornir(config_file=str(config))
    except RequestError:
        raise
    except Exception as error:  # plugins of all kinds are loaded here, each with exceptions of its own
        text = " ".join(str(error).split()) or type(error).__name__
        raise RequestError(
            f"Nornir cannot open {config}: {type(error).__name__}: {text}",
            field="--config",
            cure="correct the file, or what it refers to; relative paths are relative to the current folder",
        ) from error
    return nornir if isinstance(nornir.runner, WaveRunner) else nornir.with_runner(WaveRunner())


def door_of(nornir: Nornir) -> Door:
    """Give the door of our runner."""
    if not isinstance(nornir.runner, WaveRunner):
        raise TypeError("not under our runner")
    return nornir.runner.door


def select(choice: Choice) -> Nornir:
    """Open the inventory and select from it.

    Raises:
        RequestError: It cannot be opened, a name is unknown, nothing or an unexpected number is selected, or a
            selected switch cannot be used as the inventory describes it.
    """
    whole = nornir = nornir_of(choice.config)
    pair_up(whole.inventory.hosts.values())
    if choice.limits:
        names = _limited(nornir, [part for limit in choice.limits for part in limit.split(",") if part])
        nornir = nornir.filter(filter_func=lambda host: host.name in names)
    for text in choice.filters:
        nornir = _filtered(nornir, text)
    found = len(nornir.inventory.hosts)
    if not found:
        raise RequestError(
            "no switch is selected",
            field="-l, -F" if choice.limits or choice.filters else "--config",
            cure="widen it",
        )
    if choice.expected not in (None, found):
        raise RequestError(
            f"{found} switches are selected, {choice.expected} were expected",
            field="--confirm",
            cure="check -l and -F",
        )
    for host in nornir.inventory.hosts.values():
        check_host(nornir, host)
    check_peers(whole, nornir.inventory.hosts)
    return nornir


def check_host(nornir: Nornir, host: Host) -> None:
    """Check that a host has a driver, an address and time-outs, as far as the inventory tells.

    Raises:
        RequestError: It has not.
    """
    door_of(nornir).target_for(host, nornir.config)


def check_peers(nornir: Nornir, names: Iterable[str]) -> None:
    """Check that the peers of hosts are other hosts of the whole inventory.

    Raises:
        RequestError: One is not, or the pairs of the inventory contradict each other.
    """
    peers = peers_of(nornir.inventory.hosts.values())
    for name in names:
        if (peer := peers.get(name)) and peer not in nornir.inventory.hosts:
            raise RequestError(
                f"there is no switch {peer!r}", field=f"data.lcm.peer of {name}", cure="name the other half of its pair"
            )


def image_from(options: dict[str, Any]) -> Image | ImageCatalog:
    """Make the image, or read the catalogue, that the options name.

    Raises:
        RequestError: They contradict each other, or one is wrong; told by the option's name.
    """
    given = {name: value for name, value in options.items() if value}
    sources = [name for name in ("image_url", "image_file", "images") if name in given]
    if len(sources) != 1:
        raise RequestError(
            f"{len(sources)} of them are given" if sources else "which image?",
            field=_OPTION_OF["url, file"],
            cure="give exactly one of them",
        )
    if catalogue := given.pop("images", None):
        if given:
            raise RequestError(
                "the catalogue says it",
                field="--" + next(iter(given)).replace("_", "-"),
                cure="leave it out with --images",
            )
        return ImageCatalog.load(catalogue)
    if "version" not in given:
        raise RequestError(
            "which version is the image?", field="--version", cure="write it as the switch does, e.g. 10.5.6.5"
        )
    try:
        return Image(
            url=given.pop("image_url", ""), file=given.pop("image_file", None), **given
        )  # fmt: skip
    except RequestError as error:
        raise RequestError(
            error.message, field=_OPTION_OF.get(error.field, f"--{error.field}"), cure=error.cure
        ) from error


def _limited(nornir: Nornir, patterns: list[str]) -> set[str]:
    names: set[str] = set()
    for pattern in patterns:
        found = {
            host.name
            for host in nornir.inventory.hosts.values()
            if fnmatchcase(host.name, pattern) or host.has_parent_group(pattern)
        }
        if not found:
            raise RequestError(
                f"no switch and no group is called {pattern!r}",
                field="-l",
                cure="use a name of the inventory, or * and ?",
            )
        names |= found
    return names


def _filtered(nornir: Nornir, text: str) -> Nornir:
    try:
        return nornir.filter(_filter(text))
    except (TypeError, ValueError) as error:  # a comparison that this value does not know
        raise RequestError(f"{text!r} cannot be asked: {error}", field="-F", cure="compare like with like") from error


def _filter(text: str) -> Any:
    key, equals, value = text.partition("=")
    if not equals or not key.replace("_", "a").isalnum():
        raise RequestError(f"{text!r} is no filter", field="-F", cure="write KEY=VALUE")
    try:
        typed = YAML(typ="safe").load(value)  # the inventory is YAML: there 5 is a number and true is no text
    except (YAMLError, ValueError):  # also a date that is none
        typed = value
    return F(**{key: value}) | F(**{key: typed})
