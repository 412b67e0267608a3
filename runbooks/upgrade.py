"""Upgrade the switches of an inventory: runbooks/upgrade.py CONFIG URL VERSION SHA256."""

import sys

from nornir import InitNornir

from lcm_nornir import Image, StatusProcessor, update_image


def main(config: str, url: str, version: str, sha256: str) -> int:
    """Run the upgrade, print the status document, and tell by the exit code whether every switch runs the image."""
    image = Image(url=url, version=version, sha256=sha256)
    status = StatusProcessor()
    nr = InitNornir(config_file=config)
    result = nr.with_processors([status]).run(task=update_image, image=image)
    sys.stdout.write(status.report().model_dump_json(indent=2) + "\n")
    return int(result.failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
