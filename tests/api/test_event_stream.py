"""Server-sent events of a job that runs over real SSH: none lost, none out of order, whenever one comes back."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from lcm_nornir import Store
from lcm_nornir.api import Client
from lcm_nornir.api.client import JobEvent
from lcm_nornir.api.limits import Limits
from lcm_nornir.journal.following import Followed, Followers, Following
from lcm_nornir.simulator import SwitchSpec
from tests.access.users import PASSWORD
from tests.api.services import LOCAL, NOW, Served, ended, served
from tests.fleets import Lab, happens, lab
from tests.jobs.services import hosts_of, write_inventory

NAMES = ["leaf1", "leaf2", "leaf3"]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    place = tmp_path_factory.mktemp("events")
    switches = [SwitchSpec(name, variant=number) for number, name in enumerate(NAMES)]
    switches[2] = replace(switches[2], faults=("old-version",))
    with lab(place, *switches) as running:
        write_inventory(place, hosts_of(running), {"leaves": NAMES})
        running.stores.add(place / "api" / "lcm.db")
        yield running


@pytest.fixture(scope="module")
def api(fleet: Lab) -> Iterator[Served]:
    with served(fleet.place, replace(LOCAL, limits=Limits(streams_per_user=2))) as found:
        yield found


@pytest.fixture(scope="module")
def told(fleet: Lab, api: Served) -> tuple[str, list[JobEvent], list[JobEvent]]:
    """A job that has run; what one was told who stayed, and what another who was cut off after each second event."""
    job = api.approved(fleet.image, "leaves", api.add_image(fleet.image))
    stayed: list[JobEvent] = []
    came_back: list[JobEvent] = []

    def stay() -> None:
        stayed.extend(api.clients["viewer"].events(job))

    def come_back() -> None:
        last: int | None = None
        while True:
            before = len(came_back)
            for change in api.clients["admin"].events(job, last):
                came_back.append(change)
                last = change.id
                if len(came_back) % 2 == 0:
                    break
            if len(came_back) == before:
                return

    threads = [threading.Thread(target=one) for one in (stay, come_back)]
    for thread in threads:
        thread.start()
    api.operator.deploy(job, NOW)
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert ended(api.operator, job)
    return job, stayed, came_back


def test_events_come_in_order_and_each_once(told: tuple[str, list[JobEvent], list[JobEvent]]) -> None:
    _, stayed, _ = told
    ids = [change.id for change in stayed]
    assert ids == sorted(set(ids))
    assert [json.loads(one.data)["job_state"] for one in stayed if one.kind == "job"][-2:] == [
        "IN_PROGRESS",
        "PARTIAL_SUCCESS",
    ]


def test_the_last_row_of_each_switch_is_that_of_the_status(
    api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    job, stayed, _ = told
    rows = {json.loads(one.data)["switch_member"]["name"]: json.loads(one.data) for one in stayed if one.kind == "row"}
    status = api.operator.status(job).model_dump(mode="json")
    assert [rows[name] for name in NAMES] == status["data"]
    words = [
        json.loads(one.data)["update_progress_status"] for one in stayed if one.kind == "row" and '"leaf1"' in one.data
    ]
    steps = list(dict.fromkeys(words))
    assert steps[0] == "INSTALL_REQUEST_RECEIVED"
    assert [word for word in steps if word != "SWITCH_UNREACHABLE"][1:] == [
        "DOWNLOAD_IN_PROGRESS",
        "INSTALL_IN_PROGRESS",
        "REBOOT_IN_PROGRESS",
        "SUCCESS",
    ]


def test_reasons_tell_what_the_status_has_no_place_for(
    api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    job, _, _ = told
    good, _, failed = api.operator.reasons(job)
    assert (good.ending, good.reason, good.remedy) == ("success", "", "")
    assert (failed.switch_member.name, failed.ending, failed.step) == ("leaf3", "failed", "verify")
    assert "10.5.4.1" in failed.reason
    assert failed.remedy


def test_who_is_cut_off_and_comes_back_misses_nothing(
    api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    job, stayed, came_back = told
    first = max(came_back[0].id, stayed[0].id)  # either may have begun before the other
    assert [one for one in came_back if one.id >= first] == [one for one in stayed if one.id >= first]
    assert len([one for one in came_back if one.id >= first]) > len(NAMES)
    middle = stayed[len(stayed) // 2].id
    assert list(api.operator.events(job, middle)) == [one for one in stayed if one.id > middle]
    assert [one.id for one in api.operator.events(job, 0)][-1] == stayed[-1].id


def test_who_comes_anew_is_told_each_row_once_as_it_is(
    api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    job, stayed, _ = told
    fresh = list(api.operator.events(job))
    assert len(fresh) == len(NAMES) + 1
    assert fresh[-1] == stayed[-1]
    assert set(fresh) <= set(stayed)


def test_what_is_told_is_the_same_whether_it_is_kept_or_read_again(
    api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    job, stayed, _ = told
    ids = [0, *(one.id for one in stayed)]
    with Store(api.place / "api" / "lcm.db") as store:
        followed = Followed(store, job, kept=3)
        assert followed.now().told == ()
        followed.look()
        for after in ids:
            news = followed.after(after)
            again = Following(store, job, after).news()
            assert (news.told, news.is_over) == (again.told, True)
            assert after == 0 or [one.seq for one in news.told] == [one for one in ids if one > after]
            assert followed.after(news.upto).told == ()
        assert [one.seq for one in followed.now().told] == [one.id for one in api.operator.events(job)]


def test_a_history_is_read_once_for_all_who_follow(
    api: Served, told: tuple[str, list[JobEvent], list[JobEvent]], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, stayed, _ = told
    with Store(api.place / "api" / "lcm.db") as store:
        followers = Followers(store)
        followed = [followers.of(job) for _ in range(50)]
        followed[0].look()
        monkeypatch.setattr(store, "last", lambda: pytest.fail("it was read just now"))
        for one in followed:
            one.look_again()
            assert one.after(stayed[-2].id).told[-1].seq == stayed[-1].id


def test_a_job_that_was_followed_just_now_is_not_read_anew(
    api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    with Store(api.place / "api" / "lcm.db") as store:
        followers = Followers(store)
        before = weakref.ref(followers.of(told[0]))
        gc.collect()
        assert followers.of(told[0]) is before()


def test_nothing_is_left_of_a_job_that_has_ended(api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]) -> None:
    job, stayed, _ = told
    headers = {"Authorization": f"Bearer {api.tokens['viewer']}", "Last-Event-ID": str(stayed[-1].id)}
    assert httpx.get(f"{api.url}/lcm/update-jobs/{job}/events", headers=headers).status_code == 204


def test_S20_a_user_has_so_many_streams_and_a_place_is_free_again(
    fleet: Lab, api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    job = api.operator.create_job(api.body(fleet.image, "leaves", api.operator.job(told[0]).image_server))
    path = f"{api.url}/lcm/update-jobs/{job.new_object_id}/events"
    headers = {"Authorization": f"SFD {api.tokens['approver']}"}
    with httpx.Client(headers=headers, timeout=10) as client:
        with client.stream("GET", path) as one, client.stream("GET", path) as other:
            assert (one.status_code, other.status_code) == (200, 200)
            lines = one.iter_lines()  # closes the stream once nobody keeps it
            assert next(lines).startswith("id: ")
            refused = client.get(path)
            assert (refused.status_code, refused.json()["id"]) == (429, "lcm.limit.streams")

        def is_free() -> bool:
            with client.stream("GET", path) as again:
                return again.status_code == 200

        assert happens(is_free)


def test_S16_a_stream_ends_with_its_token(
    fleet: Lab, api: Served, told: tuple[str, list[JobEvent], list[JobEvent]]
) -> None:
    server = api.operator.job(told[0]).image_server
    job = api.operator.create_job(api.body(fleet.image, "leaves", server)).new_object_id
    with Client(api.url) as client:
        client.login("viewer", PASSWORD)
        stream = client.events(job)
        assert json.loads(next(stream).data) == {"id": job, "job_state": "DRAFT"}
        client.logout()
        assert list(stream) == []
