"""The watch of ports bounds what it opens, and never takes for open what it could not look at."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, os, resource, socket, threading, time
from lcm_nornir.door.ports import LOOKS_AT_ONCE, PortWatch
from lcm_nornir.door.way import Way, answers
from lcm_nornir.errors import NoDescriptor

descriptors = lambda: len(os.listdir("/proc/self/fd"))
dark = socket.create_server(("127.0.0.1", 0), backlog=4096)  # it takes connections, and never says a word
way = Way(*dark.getsockname())
found, watch = {"cap": LOOKS_AT_ONCE}, PortWatch()
begin = descriptors()
ask = lambda: watch.until(way, is_open=True, every=0.1, patience=2.0, timeout=1.5)
threads = [threading.Thread(target=ask) for _ in range(400)]
[thread.start() for thread in threads]
time.sleep(1.0)
found["most"] = descriptors() - begin
[thread.join() for thread in threads]
while descriptors() > begin:  # looks that nobody waits for any more: later they would free what must not be free
    time.sleep(0.05)

greeting = socket.create_server(("127.0.0.1", 0))
def serve():
    while True:
        try:
            client, _ = greeting.accept()
            client.sendall(b"SSH-2.0-x\\r\\n")
        except OSError:
            time.sleep(0.05)
threading.Thread(target=serve, daemon=True).start()
busy = PortWatch()  # its thread is there already, and finds no descriptor for a look
keep = lambda: busy.until(way, is_open=True, every=99.0, patience=0.2, timeout=99.0)  # past our end: it frees nothing
threading.Thread(target=keep, daemon=True).start()
time.sleep(2.0)  # its first look is over, the next is far
resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors() + 40,) * 2)
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    pass
up = Way(*greeting.getsockname())
fresh = PortWatch()
found["closed though nobody looked"] = fresh.until(up, is_open=False, every=0.1, patience=1.0, timeout=0.3)
found["open though nobody looked"] = fresh.until(up, is_open=True, every=0.1, patience=1.0, timeout=0.3)
found["closed though no look was possible"] = busy.until(up, is_open=False, every=0.1, patience=1.0, timeout=0.3)
try:
    found["answers"] = answers(up, 1.0)
except NoDescriptor as error:
    found["answers"] = error.message
[os.close(one) for one in taken]
found["open with descriptors"] = fresh.until(up, is_open=True, every=0.1, patience=1.0, timeout=2.0)
print(json.dumps(found))
"""


def test_F60_few_descriptors_are_not_taken_for_a_port_that_is_open() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    found = json.loads(done.stdout)
    assert 100 < found["most"] <= found["cap"] + 10  # beside the looks: the watcher's own
    assert found["closed though nobody looked"]
    assert found["closed though no look was possible"]
    assert not found["open though nobody looked"]
    assert found["answers"] == "this machine has no file descriptor left"
    assert found["open with descriptors"]
