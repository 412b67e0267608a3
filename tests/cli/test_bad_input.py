"""Bad input is told in one line that names the field and the cure, before any switch is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lcm_nornir.cli import app

GOOD = {"--image-url": "http://192.0.2.10/os10.bin", "--version": "10.5.6.5", "--sha256": "0" * 64}
HOSTS = """
leaf1: {hostname: 127.9.9.9, platform: dell_os10, groups: [lab], data: {site: ams, rack: 5}}
leaf2: {hostname: 127.9.9.9, platform: dell_os10, groups: [lab]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return inventory(tmp_path, HOSTS)


def inventory(folder: Path, hosts: str, options: str = "{}") -> Path:
    (folder / "hosts.yaml").write_text(hosts)
    (folder / "groups.yaml").write_text("lab: {}\n")
    (folder / "config.yaml").write_text(
        f"""
inventory:
  plugin: SimpleInventory
  options: {{host_file: {folder}/hosts.yaml, group_file: {folder}/groups.yaml}}
runner: {{plugin: lcm_waves, options: {options}}}
logging: {{enabled: false}}
"""
    )
    return folder / "config.yaml"


def refused(config: Path, *words: str, **options: str) -> str:
    """Run the command, and give the one line in which it was refused."""
    chosen = GOOD | {name.replace("_", "-").join(("--", "")): value for name, value in options.items()}
    pairs = [word for pair in chosen.items() if pair[1] for word in pair]
    done = CliRunner().invoke(app, ["run", "--config", str(config), *pairs, *words])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("lcm-nornir: ")
    return done.stderr


@pytest.mark.parametrize(
    ("options", "field", "cure"),
    [
        ({"image_url": "not a url"}, "--image-url", "write e.g. http://"),
        ({"image_url": "http://h/?x=/os10.bin"}, "--image-url", "leave ? and #"),
        ({"image_url": ""}, "--image-url, --image-file, --images", "exactly one"),
        ({"version": ""}, "--version", "as the switch does"),
        ({"version": "10.5 6"}, "--version", "as the switch does"),
        ({"sha256": "12ab"}, "--sha256", "64 hexadecimal digits"),
        ({"sha512": "zz" * 64}, "--sha512", "128 hexadecimal digits"),
        ({"image_url": "", "image_file": "nowhere/os10.bin"}, "--image-file", "name an image file"),
        ({"image_url": "", "images": "nowhere.yaml"}, "--version", "leave it out with --images"),
        ({"image_url": "", "version": "", "sha256": "", "images": "nowhere.yaml"}, "images", "name a YAML file"),
    ],
)
def test_a_wrong_image_is_refused_by_its_option(config: Path, options: dict[str, str], field: str, cure: str) -> None:
    said = refused(config, **options)
    assert said.startswith(f"lcm-nornir: {field}: ")
    assert cure in said


def test_F18_a_url_that_no_switch_can_fetch_is_no_document(config: Path) -> None:
    assert "--image-url" in refused(config, image_url="http://192.0.2.10/a b.bin")


def test_S11_credentials_in_a_url_are_refused_and_not_repeated(config: Path) -> None:
    said = refused(config, image_url="http://me:s3cret@192.0.2.10/os10.bin")
    assert "--image-url: credentials must not stand in it" in said
    assert "s3cret" not in said


def test_a_missing_configuration_is_refused() -> None:
    assert "--config: there is no file nowhere.yaml" in refused(Path("nowhere.yaml"))


def test_a_missing_inventory_is_refused(config: Path) -> None:
    (config.parent / "hosts.yaml").unlink()
    said = refused(config)
    assert said.startswith("lcm-nornir: --config: ")
    assert "hosts.yaml" in said


@pytest.mark.parametrize("text", ["leaf1: [", "- leaf1", "leaf1: {groups: [nobody]}"])
def test_an_inventory_that_cannot_be_read_is_refused(config: Path, text: str) -> None:
    (config.parent / "hosts.yaml").write_text(text)
    assert "--config: Nornir cannot open" in refused(config)


def test_F01_an_empty_inventory_selects_nothing(config: Path) -> None:
    (config.parent / "hosts.yaml").write_text("{}")
    assert "no switch is selected" in refused(config)


@pytest.mark.parametrize("words", [["-l", "leaf9"], ["-l", "leaf1,spine*"], ["--limit", "nobody"]])
def test_F01_an_unknown_name_is_shown(config: Path, words: list[str]) -> None:
    said = refused(config, *words)
    assert "-l: no switch and no group is called" in said
    assert words[-1].rpartition(",")[2] in said


@pytest.mark.parametrize(("text", "part"), [("site=fra", "no switch is selected"), ("site", "KEY=VALUE")])
def test_F01_a_filter_that_selects_nothing_or_is_none(config: Path, text: str, part: str) -> None:
    said = refused(config, "-F", text)
    assert "-F" in said
    assert part in said


@pytest.mark.parametrize("text", ["site__startswith=1", "site__contains=5"])
def test_a_filter_that_compares_what_cannot_be_compared_is_refused(config: Path, text: str) -> None:
    assert f"-F: {text!r} cannot be asked" in refused(config, "-F", text)


def test_a_value_that_yaml_takes_for_a_wrong_date_is_a_text(config: Path) -> None:
    assert "no switch is selected" in refused(config, "-F", "site=2024-13-45")


@pytest.mark.parametrize("text", ["Match exec", "Host *\n  Port abc\n", "nonsense"])
def test_an_ssh_config_that_cannot_be_read_is_refused(config: Path, text: str) -> None:
    (config.parent / "ssh_config").write_text(text)
    with config.open("a") as file:
        file.write(f"ssh: {{config_file: {config.parent}/ssh_config}}\n")
    (config.parent / "hosts.yaml").write_text(HOSTS.replace("127.9.9.9,", "127.9.9.9, port: 22,"))
    assert "ssh.config_file: " in refused(config)


@pytest.mark.parametrize(
    ("peers", "said"),
    [
        ({"leaf1": "leaf9"}, "there is no switch 'leaf9'"),
        ({"leaf1": "leaf1"}, "leaf1 cannot be the peer of leaf1"),
        ({"leaf1": "leaf2", "leaf2": "leaf3"}, "leaf2 cannot be the peer of leaf3 and of leaf1"),
    ],
)
def test_N9_peers_that_cannot_be_are_refused(tmp_path: Path, peers: dict[str, str], said: str) -> None:
    hosts = [
        f"leaf{n}: {{hostname: 127.9.9.9, platform: dell_os10, data: {{lcm: {{peer: {peers.get(f'leaf{n}', '')!r}}}}}}}"
        for n in (1, 2, 3)
    ]
    refusal = refused(inventory(tmp_path, "\n".join(hosts)))
    assert "data.lcm.peer of leaf" in refusal
    assert said in refusal


@pytest.mark.parametrize("words", [["-F", "site=ams"], ["-F", "rack=5"], ["-F", "groups__contains=lab", "-l", "leaf1"]])
def test_filters_select_as_nornir_does(config: Path, words: list[str]) -> None:
    assert "1 switches are selected, 7 were expected" in refused(config, *words, "--confirm", "7")


@pytest.mark.parametrize("words", [["-l", "leaf*"], ["-l", "lab"], ["-l", "leaf1,leaf2"], ["-l", "leaf1", "-l", "*2"]])
def test_limits_are_names_groups_and_patterns(config: Path, words: list[str]) -> None:
    assert "2 switches are selected, 3 were expected" in refused(config, *words, "--confirm", "3")


@pytest.mark.parametrize(
    ("host", "field"),
    [
        ("leaf3: {hostname: 127.9.9.9, platform: comware}", "platform"),
        ("leaf3: {hostname: 127.9.9.9}", "platform"),
        ("leaf3: {hostname: 127.9.9.9, platform: dell_os10, port: 99999}", "port of leaf3"),
        ("leaf3: {hostname: '-oProxyCommand=x', platform: dell_os10}", "hostname of leaf3"),
        ("leaf3: {hostname: 127.9.9.9, platform: dell_os10, data: {lcm: {pear: leaf1}}}", "data.lcm of leaf3"),
        (
            "leaf3: {hostname: 127.9.9.9, platform: dell_os10, data: {lcm: {timeouts: {dowload: 5}}}}",
            "data.lcm.timeouts",
        ),
        ("leaf3: {hostname: 127.9.9.9, platform: dell_os10, data: {lcm: {image_server: 'x'}}}", "url"),
    ],
)
def test_a_host_that_cannot_be_is_refused_by_name(config: Path, host: str, field: str) -> None:
    with (config.parent / "hosts.yaml").open("a") as file:
        file.write(host)
    said = refused(config)
    assert field in said.replace("--image-url", "url")


def test_a_misspelt_option_of_the_runner_is_refused(tmp_path: Path) -> None:
    assert "sesions" in refused(inventory(tmp_path, HOSTS, "{sesions: 5}"))


def test_a_catalogue_without_an_entry_for_a_switch_is_refused(config: Path) -> None:
    catalogue = config.parent / "images.yaml"
    row = f"{{match: {{platform: cisco_nxos}}, url: {GOOD['--image-url']}, version: 10.5.6.5, sha256: '{'0' * 64}'}}"
    catalogue.write_text(f"images: [{row}]")
    said = refused(config, image_url="", version="", sha256="", images=str(catalogue))
    assert "0 images fit the switch leaf1" in said


def test_a_fault_that_is_none_is_refused() -> None:
    for word in ("leaf09=refused", "leaf01=no-such-fault", "leaf01"):
        done = CliRunner().invoke(app, ["rehearse", "--switches", "1", "--fault", word])
        assert done.exit_code == 2
        assert done.stderr.startswith("lcm-nornir: --fault: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "field"),
    [(["--folder", "/proc/nope"], "--folder"), (["--first-address", "10.0.0.1"], "--first-address")],
)
def test_a_lab_that_cannot_be_is_refused(words: list[str], field: str) -> None:
    done = CliRunner().invoke(app, ["simulate", "--switches", "1", *words])
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith(f"lcm-nornir: {field}: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["--fault", "a=refused"], ["--platform", "dell_os10"], ["--speed", "20"], ["--switches", "4"]]
)
def test_what_is_for_simulated_switches_is_refused_where_real_ones_are_served(tmp_path: Path, words: list[str]) -> None:
    done = CliRunner().invoke(app, ["serve", "--config", str(tmp_path / "none.yaml"), *words])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"lcm-nornir: {words[0]}: ")  # also where its value is that which it has anyway
    assert "add --rehearse" in done.stderr
