"""The walk by curl, as the README shows it, against a rehearsal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lcm_nornir import Reading
from lcm_nornir.api.auth import TokenDocument
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.schema.inventory import SwitchGroupList
from lcm_nornir.schema.jobs import UpdateJob
from lcm_nornir.schema.messages import Message, catalogue
from lcm_nornir.schema.status import Document
from tests.api.services import Process, answers_in
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash") or "bash"
WALK = ROOT / "runbooks" / "api_walk.sh"
MODELS: dict[str, type[Document]] = {
    "token": TokenDocument,
    "message": Message,
    "refused": Message,
    "groups": SwitchGroupList,
    "job": UpdateJob,
    "status": UpdateJobStatus,
}


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_walk_by_curl_upgrades_a_rehearsed_fleet_and_each_answer_has_its_shape(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    options = ["--rehearse", "--switches", "2", "--speed", "50"]
    if database == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        options += ["--store", server.database()]
    service = Process(options, tmp_path / "serve")
    try:
        done = subprocess.run([BASH, str(WALK), str(service.out)], capture_output=True, text=True, check=False)
    finally:
        code = service.end()
    assert done.returncode == 0, done.stderr + done.stdout
    assert code == 0, service.err.read_text()
    answers = answers_in(done.stdout)
    assert {name for name, _ in answers} == set(MODELS)
    for name, document in answers:
        model = MODELS[name].model_validate_json(json.dumps(document))
        if isinstance(model, Message):
            assert model.id in catalogue()
    (refusal,) = [document for name, document in answers if name == "refused"]
    assert refusal["id"] == "lcm.job.own"  # she has both roles, and wrote it
    before, after = [document for name, document in answers if name == "job"]
    assert (before["job_state"], after["job_state"]) == ("APPROVED", "DONE")
    assert "switch_group" not in before
    (status,) = [document for name, document in answers if name == "status"]
    assert [row["update_progress_status"] for row in status["data"]] == ["SUCCESS", "SUCCESS"]
    if database == "postgresql":  # and there it is kept
        with Reading.at(options[-1]) as store:
            assert [job.id for job in store.jobs()] == [store.job_of(after["id"]).id]  # type: ignore[union-attr]
            assert store.audit().altered == ()
        assert Process.refusal(options) == (
            "lcm-nornir: --store: this store is in use already; name an empty one for a rehearsal\n"
        )


def test_the_readme_shows_the_lines_of_the_walk() -> None:
    shown = (ROOT / "README.md").read_text().partition("## Try the API in two minutes")[2].partition("\n## ")[0]
    lines = [line for block in re.findall(r"```sh\n(.*?)```", shown, re.DOTALL) for line in block.splitlines()]
    walk = [line.strip() for line in WALK.read_text().splitlines()]
    curls = [line.strip() for line in lines if "curl" in line]
    assert len(curls) >= 10
    assert [line for line in curls if line not in walk] == []
