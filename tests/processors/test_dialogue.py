"""The dialogue with a switch is recorded while it is upgraded, whatever becomes of it, and can be replayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from nornir.core.task import Result, Task
from nornir.plugins.runners import SerialRunner
from nornir_netmiko.tasks import netmiko_send_config  # type: ignore[import-untyped]  # it has no types

from lcm_nornir import DialogueRecorder, Image, RequestError, WaveRunner, record_dialogue, stage_image, update_image
from lcm_nornir.dialogue import Ended, Kind, Recording
from lcm_nornir.drivers.dell_os10 import DellOS10
from lcm_nornir.drivers.replay import NotRecorded, ReplaySession, replayed
from lcm_nornir.errors import Stopped, UnexpectedOutput
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import OLD, OLDEST, TARGET, Lab, lab

OS10 = DellOS10()
SIMULATED = Path(__file__).parents[1] / "recordings" / "dell_os10-simulated.json"
BROKEN = {"fails": ("install-failed",), "mute": ("mute:2",), "asks": ("unexpected-question",)}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = [SwitchSpec(name, faults=faults) for name, faults in BROKEN.items()]
    place = tmp_path_factory.mktemp("recorded")
    (place / "new.json").write_text(SIMULATED.read_text().replace("Flash Boot", "Flash [C]"))
    switches += [SwitchSpec("unread", recording=str(place / "new.json")), SwitchSpec("noisy", faults=("noisy",))]
    switches += [SwitchSpec("pushed"), SwitchSpec("renamed")]
    with lab(place, SwitchSpec("leaf-ams-7", variant=1), *switches) as fleet:
        yield fleet


def recorded(fleet: Lab, recorder: DialogueRecorder, name: str) -> Recording:
    """Give the recording of a switch, once it is seen that nothing private is in it."""
    switch = fleet.fleet.switch(name)
    text = recorder.files[name].read_text()
    words = [switch.serial, switch.password, switch.host]
    assert not [word for word in (*words, *((name,) if "-" in name else ())) if word in text]
    assert recorder.files[name].stat().st_mode & 0o777 == 0o600
    return Recording.read(recorder.files[name])


def test_what_a_switch_says_of_itself_is_replayed_to_the_same_values(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path, about="a simulated switch called leaf-ams-7", configurations=True)
    nornir = fleet.nornir("leaf-ams-7", processors=(recorder,))
    result = nornir.run(task=record_dialogue, configuration=True)["leaf-ams-7"]
    assert (result.failed, result[0].result) == (False, ())
    recording = recorded(fleet, recorder, "leaf-ams-7")
    ssh = ReplaySession(recording)
    facts, switch = OS10.facts(ssh), fleet.fleet.switch("leaf-ams-7")
    assert (facts.running, facts.running_slot.name, facts.model) == (OLD, "B", switch.model)
    assert [slot.version for slot in facts.slots] == [OLD, OLDEST]
    assert len(facts.serial) == len(switch.serial)
    assert recording.facts is not None
    assert (recording.facts.serial, recording.facts.version) == (facts.serial, OLD)
    assert facts.boot.boot_id
    assert not OS10.installer(ssh).busy
    configuration = OS10.configuration(ssh)
    assert OS10.differences(configuration.startup, configuration.running) == ()
    assert "\nhostname host1\n" in configuration.running
    assert "$6$" not in configuration.running
    assert recording.about == "a simulated switch called host1"
    assert {*OS10.screens} <= {one.typed for one in recording.exchanges}
    assert fleet.sessions("leaf-ams-7") == 1
    assert fleet.kinds("leaf-ams-7") == []


def test_words_are_kept_as_they_came(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    fleet.nornir("noisy", processors=(recorder,)).run(task=record_dialogue, commands=("show boot",))
    (exchange,) = recorded(fleet, recorder, "noisy").exchanges
    assert (exchange.typed, exchange.call, exchange.ended) == ("show boot", "show", Ended.PROMPT)
    assert exchange.came.startswith("show boot\r\n")
    assert exchange.came.endswith("# ")
    assert exchange.seconds < 5
    assert OS10.slots(ReplaySession(Recording.read(recorder.files["noisy"])))[0].version == OLD


def test_an_answer_that_cannot_be_read_is_recorded_and_so_is_what_comes_after_it(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    result = fleet.nornir("unread", processors=(recorder,)).run(task=record_dialogue)["unread"]
    assert not result.failed
    assert result[0].result == tuple(
        f"{what}: the answer to 'show boot' has not exactly one row of three slots" for what in ("facts", "slots")
    )
    recording = recorded(fleet, recorder, "unread")
    assert recording.facts is None
    typed = [one.typed for one in recording.exchanges]
    assert {"show boot", "show image status", *OS10.screens} <= set(typed)
    with pytest.raises(UnexpectedOutput, match="three slots"):
        OS10.facts(ReplaySession(recording))


def test_a_reply_that_never_ends_is_recorded_as_far_as_it_came(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    nornir = fleet.nornir("mute", processors=(recorder,), timeouts={"reply": 1.0})
    result = nornir.run(task=record_dialogue, commands=("show version", "show boot", "show clock"))["mute"]
    assert result[0].result == ("show clock: no prompt within 1 s",)
    ends = [(one.typed, one.ended) for one in recorded(fleet, recorder, "mute").exchanges]
    assert ends[1:] == [("show boot", Ended.PROMPT), ("show clock", Ended.TIMEOUT)]


def test_a_switch_that_cannot_be_reached_has_no_recording(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    nornir = fleet.nornir("noisy", processors=(recorder,), host_keys=tmp_path / "none")
    result = nornir.run(task=record_dialogue)["noisy"]
    assert result.failed
    assert "noisy: record: host key unknown" in str(result[0].exception)
    assert (dict(recorder.files), dict(recorder.troubles)) == ({}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_may_change_something_is_refused_before_anything_is_sent(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    before = fleet.sessions("noisy")
    result = fleet.nornir("noisy", processors=(recorder,)).run(
        task=record_dialogue, commands=("show version", "reload")
    )
    assert isinstance(result["noisy"].exception, RequestError)
    assert fleet.sessions("noisy") == before


def test_an_upgrade_is_recorded_across_its_sessions(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    result = fleet.nornir("leaf-ams-7", processors=(recorder,)).run(task=update_image, image=fleet.image)
    assert not result["leaf-ams-7"].failed, result["leaf-ams-7"].exception
    recording = recorded(fleet, recorder, "leaf-ams-7")
    assert recording.facts is not None
    assert recording.facts.version == OLD, "as it was first"
    exchanges = recording.exchanges
    ended = [(one.call, one.kind, one.typed, one.ended) for one in exchanges if one.call == "reload"]
    assert ended[0] == ("reload", Kind.LINE, "reload", Ended.QUESTION)
    assert ended[1][:3] == ("reload", Kind.ANSWER, "yes")
    assert ended[1][3] in (Ended.LOST, Ended.TIMEOUT)
    assert {one.ended for one in exchanges if one.call == "configuration"} == {Ended.LEFT_OUT}
    (download,) = [one for one in exchanges if one.typed.startswith("image download")]
    assert "Download started." in download.came
    ssh = ReplaySession(recording)
    assert OS10.facts(ssh).running == OLD
    OS10.reload(ssh, "save")
    after = OS10.facts(ssh)
    assert after.running == TARGET
    with pytest.raises(NotRecorded, match="left out"):
        OS10.configuration(ssh)


def test_how_an_installation_failed_is_in_the_recording(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    result = fleet.nornir("fails", processors=(recorder,)).run(task=stage_image, image=fleet.image)["fails"]
    assert result.failed
    exchanges = recorded(fleet, recorder, "fails").exchanges
    last = [one for one in exchanges if one.typed == "show image status"][-1]
    state = OS10.installer(ReplaySession(Recording("dell_os10", "host1", exchanges=(last,))))
    assert state.install.activity == "failed"
    assert state.install.detail in last.came


def test_a_question_that_nobody_knows_is_in_the_recording(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    result = fleet.nornir("asks", processors=(recorder,)).run(task=update_image, image=fleet.image)["asks"]
    assert result.failed
    asked = [one for one in recorded(fleet, recorder, "asks").exchanges if one.call == "reload"]
    assert [(one.kind, one.ended) for one in asked] == [
        (Kind.LINE, Ended.QUESTION),
        (Kind.INTERRUPT, Ended.PROMPT),
    ]


def test_a_push_is_recorded_and_the_password_that_it_needs_is_not(fleet: Lab, tmp_path: Path) -> None:
    file = tmp_path / "OS10-x.bin"
    file.write_bytes(b"no image")
    recorder = DialogueRecorder(tmp_path / "recordings")
    image = Image(file=file, version=TARGET)
    fleet.nornir("pushed", processors=(recorder,)).run(task=stage_image, image=image)
    exchanges = [one for one in recorded(fleet, recorder, "pushed").exchanges if one.call == "copy"]
    assert [(one.kind, one.typed, one.ended) for one in exchanges] == [
        (Kind.PUSH, file.name, Ended.PROMPT),
        (Kind.LINE, f'system "sudo mv ./{file.name} /var/os10-image"', Ended.QUESTION),
        (Kind.ANSWER, "", Ended.PROMPT),
    ]
    assert exchanges[1].came.endswith("[sudo] password for admin: ")
    copied = list(OS10.copy(ReplaySession(Recording("dell_os10", "host1", exchanges=tuple(exchanges))), image))
    assert [state.copy.detail for state in copied] == ["pushed"]


def test_under_another_runner_the_recording_is_written_when_the_run_ends(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    nornir = fleet.nornir("noisy", processors=(recorder,), journal=False)
    with pytest.MonkeyPatch.context() as patch:
        assert isinstance(nornir.runner, WaveRunner)
        door = nornir.runner.door
        patch.setattr("lcm_nornir.door._default_door", lambda: door)
        result = nornir.with_runner(SerialRunner()).run(task=record_dialogue, commands=("show boot",))
    assert not result["noisy"].failed, result["noisy"].exception
    assert [one.typed for one in recorded(fleet, recorder, "noisy").exchanges] == ["show boot"]


def test_a_recording_that_cannot_be_written_ends_no_upgrade(
    fleet: Lab, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = DialogueRecorder(tmp_path / "recordings")
    recorder.dialogues.folder.rmdir()
    result = fleet.nornir("noisy", processors=(recorder,)).run(task=record_dialogue, commands=("show boot",))
    assert not result["noisy"].failed
    assert dict(recorder.troubles) == {"noisy": "No such file or directory"}
    assert "the dialogue with noisy cannot be written" in caplog.text


def test_a_stop_is_heeded_before_the_next_line(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    nornir = fleet.nornir("noisy", processors=(recorder,))
    runner = nornir.runner
    assert isinstance(runner, WaveRunner)

    def one_then_stop(task: Task) -> Result:
        record_dialogue(task, ("show boot",))
        runner.interrupt()
        return record_dialogue(task, ("show version",))

    result = nornir.run(task=one_then_stop)["noisy"]
    assert isinstance(result.exception, Stopped)
    assert [one.typed for one in recorded(fleet, recorder, "noisy").exchanges] == ["show boot"]


def test_the_file_is_plain_json(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    fleet.nornir("noisy", processors=(recorder,)).run(task=record_dialogue, commands=("show boot",))
    document = json.loads(recorder.files["noisy"].read_text())
    assert (document["recording"], document["platform"]) == (1, "dell_os10")
    assert replayed(recorder.files["noisy"]).prompt


def test_a_name_that_a_switch_had_before_is_taken_out_too(fleet: Lab, tmp_path: Path) -> None:
    recorder = DialogueRecorder(tmp_path)
    fleet.unwatched.add("renamed")  # it is configured by hand

    def renamed_twice(task: Task) -> Result:
        for name in ("bank-lf9", "nobodys-1"):
            task.run(task=netmiko_send_config, config_commands=[f"hostname {name}"], cmd_verify=False)
            task.host.close_connection("netmiko")
            record_dialogue(task, ("show boot",))
        return Result(host=task.host)

    result = fleet.nornir("renamed", processors=(recorder,)).run(task=renamed_twice)["renamed"]
    assert not result.failed, result[1].exception
    assert len(recorded(fleet, recorder, "renamed").exchanges) == 2
    assert "bank-lf9" not in recorder.files["renamed"].read_text()
