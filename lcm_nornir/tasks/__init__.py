"""What is done to a switch: Nornir tasks. Steps, each also alone, and composites of them."""

from lcm_nornir.tasks.clean import clean_images
from lcm_nornir.tasks.commit import commit_image
from lcm_nornir.tasks.copy import copy_image
from lcm_nornir.tasks.dialogue import record_dialogue
from lcm_nornir.tasks.install import install_image
from lcm_nornir.tasks.reachability import wait_reachable
from lcm_nornir.tasks.readiness import check_readiness
from lcm_nornir.tasks.reboot import reboot_switch
from lcm_nornir.tasks.set_boot import set_boot_image
from lcm_nornir.tasks.update import activate_image, rollback_image, stage_image, update_image
from lcm_nornir.tasks.validate import validate_image
from lcm_nornir.tasks.verify import verify_image

__all__ = [
    "activate_image",
    "check_readiness",
    "clean_images",
    "commit_image",
    "copy_image",
    "install_image",
    "reboot_switch",
    "record_dialogue",
    "rollback_image",
    "set_boot_image",
    "stage_image",
    "update_image",
    "validate_image",
    "verify_image",
    "wait_reachable",
]
