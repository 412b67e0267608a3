"""The door: a stop is heeded at the last moment, names are not identities, and a full switch is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread, Timer

import pytest
from nornir.core import Nornir
from nornir.core.task import Result, Task

from lcm_nornir import RequestError, WaveRunner, check_readiness
from lcm_nornir.door import Door, act, look
from lcm_nornir.drivers.base import Driver
from lcm_nornir.errors import Stopped
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import Lab, happens, lab


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = SwitchSpec("holds"), SwitchSpec("waits"), SwitchSpec("full", faults=("session-limit:1",))
    with lab(tmp_path_factory.mktemp("door"), *switches) as fleet:
        yield fleet


def test_N12_a_reload_that_waits_for_its_place_is_not_sent_after_a_stop(fleet: Lab) -> None:
    holding, may_end = Event(), Event()

    def hold(task: Task) -> Result:
        look(task, Driver.slots, held=True)
        holding.set()
        may_end.wait(20)
        return Result(host=task.host)

    def reload(task: Task) -> Result:
        facts = look(task, Driver.facts)
        act(task, Driver.reload, facts, "save", held=True)
        return Result(host=task.host)

    nornir = fleet.nornir("holds", "waits", held=1)
    both = Thread(target=nornir.filter(name="holds").run, kwargs={"task": hold})
    both.start()
    assert holding.wait(10)
    results = []
    waiting = Thread(target=lambda: results.append(nornir.filter(name="waits").run(task=reload)))
    waiting.start()
    assert happens(lambda: any(e.get("line", "").startswith('system "df') for e in fleet.fleet.log("waits")))
    runner_of(nornir).interrupt()
    waiting.join(10)
    may_end.set()
    both.join(10)
    assert isinstance(results[0]["waits"].exception, Stopped)
    assert fleet.kinds("waits") == []


def test_N12_no_command_is_sent_after_a_stop_though_every_place_is_free(fleet: Lab) -> None:
    def save(task: Task) -> Result:
        facts = look(task, Driver.facts)
        runner_of(nornir).interrupt()
        act(task, Driver.save_config, facts)
        return Result(host=task.host)

    nornir = fleet.nornir("waits")
    result = nornir.run(task=save)["waits"]
    assert isinstance(result.exception, Stopped)
    assert fleet.kinds("waits") == []


def runner_of(nornir: Nornir) -> WaveRunner:
    assert isinstance(nornir.runner, WaveRunner)
    return nornir.runner


def test_two_inventories_may_call_different_switches_by_one_name(fleet: Lab) -> None:
    runner = WaveRunner(host_keys=fleet.keys.folder)
    one, other = (fleet.nornir(name).with_runner(runner) for name in ("holds", "waits"))
    for nornir in (one, other):
        (host,) = nornir.inventory.hosts.values()
        host.name = "leaf"

    def serial(task: Task) -> Result:
        return Result(host=task.host, result=look(task, Driver.facts).serial)

    def both(task: Task) -> Result:
        mine = look(task, Driver.facts).serial  # and the session stays open
        (theirs,) = other.run(task=serial).values()
        return Result(host=task.host, result=(mine, theirs[0].result))

    (result,) = one.run(task=both).values()
    assert result[0].result == tuple(fleet.fleet.switch(name).serial for name in ("holds", "waits")), result.exception


def test_F16_a_switch_that_takes_no_session_now_is_asked_again(fleet: Lab) -> None:
    stranger = fleet.nornir("full")
    (host,) = stranger.inventory.hosts.values()
    host.open_connection("netmiko", stranger.config)
    Timer(1.0, host.close_connection, ["netmiko"]).start()
    result = fleet.nornir("full").run(task=check_readiness, image=fleet.image)["full"]
    assert not result.failed, result.exception


@pytest.mark.parametrize("name", ["sessions", "held", "downloads_per_server", "refused_logins", "threads"])
@pytest.mark.parametrize("value", [0, -1, "48", True, 1.5])
def test_a_limit_that_is_no_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(RequestError, match=name):
        WaveRunner(**{name: value})  # type: ignore[arg-type]  # that is what is tested
    if name != "threads":
        with pytest.raises(RequestError, match="above 0"):
            Door(**{name: value})  # type: ignore[arg-type]  # as above
