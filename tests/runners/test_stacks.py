"""Several runs in one process: what each sets for a moment is the process's own again afterwards."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from nornir.core import Nornir
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.task import Result, Task

from lcm_nornir import WaveRunner


def nothing(task: Task) -> Result:
    return Result(host=task.host)


def run() -> int:
    hosts = Hosts({f"leaf{number}": Host(f"leaf{number}") for number in range(20)})
    return len(Nornir(Inventory(hosts, Groups(), Defaults()), runner=WaveRunner()).run(task=nothing))


def test_runs_that_begin_at_once_leave_the_size_of_stacks_as_it_was() -> None:
    before = threading.stack_size()
    with ThreadPoolExecutor(8) as pool:
        assert [one.result() for one in [pool.submit(run) for _ in range(80)]] == [20] * 80
    assert threading.stack_size() == before
