"""What is approved: the switches, the image with its digest, the image server and the policy, bound by one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host

from lcm_nornir.door import Door
from lcm_nornir.errors import Invalid, WrongState
from lcm_nornir.host_data import lcm_data
from lcm_nornir.image import Image
from lcm_nornir.jobs.images import Images
from lcm_nornir.policy import Policy
from lcm_nornir.runners.waves import WaveRunner
from lcm_nornir.schema.jobs import ImageServer, Reference
from lcm_nornir.schema.messages import refused
from lcm_nornir.schema.status import Document, SwitchMember
from lcm_nornir.tasks.step import new_record


class PlannedSwitch(Document):
    """A switch as it was approved.

    Attributes:
        id: In the API.
        name: Inventory name.
        address: ``address:port``.
        platform: Of its driver.
        data: What else the inventory says of it that an update depends on, as JSON.
    """

    id: str
    name: str
    address: str
    platform: str
    data: str


class Plan(Document):
    """What is approved.

    Attributes:
        job: The job's id.
        switch_group: Of which group they are the members.
        switches: In the inventory's order.
        os_image_version: What they will run.
        image_file_name: Its file.
        image_server: Where that lies.
        image: The image as plain data, with its digest.
        policy: What the update may do where there is a choice.
    """

    job: str
    switch_group: str
    switches: tuple[PlannedSwitch, ...]
    os_image_version: str
    image_file_name: str
    image_server: ImageServer
    image: dict[str, str | int]
    policy: dict[str, str | bool]

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all of it."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    @property
    def members(self) -> tuple[SwitchMember, ...]:
        """Its switches as the API refers to them."""
        return tuple(SwitchMember(id=one.id, name=one.name) for one in self.switches)

    def differences(self, other: Plan) -> tuple[str, ...]:
        """Name what is not the same in another plan: fields, and switches by their names."""
        mine, its = self.model_dump(exclude={"switches"}), other.model_dump(exclude={"switches"})
        fields = [name for name in mine if mine[name] != its[name]]
        switches, others = ({one.name: one for one in plan.switches} for plan in (self, other))
        names = [name for name in {**switches, **others} if switches.get(name) != others.get(name)]
        return (*fields, *names)


class Planner:
    """Makes plans of jobs, of the inventory as it is now.

    Args:
        images: Image servers and the catalogue.
        policy: What updates may do where there is a choice.
    """

    def __init__(self, images: Images, policy: Policy) -> None:
        self._images, self._policy = images, policy

    def plan(
        self,
        nornir: Nornir,
        job: str,
        group: str,
        server: Reference,
        file: str,
        version: str,
        names: Iterable[str] = (),
    ) -> Plan:
        """Plan a job.

        Args:
            nornir: With the inventory as it is now.
            job: The job's id.
            group: Name of the group whose hosts are its switches.
            server: Where the image lies.
            file: The image's file name.
            version: The version that it is.
            names: Of the switches, once they are frozen, whatever is in the group by then.

        Raises:
            NotFound: There is no such image server any more.
            Invalid: There is no such group or image, or a switch cannot be used as the inventory describes it.
        """
        raise NotImplementedError


def check_same(approved: Plan, now: Plan) -> None:
    """Refuse to run what is not what was approved.

    Raises:
        WrongState: They differ; it is named in what.
    """
    if different := approved.differences(now):
        raise refused(WrongState, "lcm.job.drifted", job=approved.job, what=", ".join(different[:10]))
