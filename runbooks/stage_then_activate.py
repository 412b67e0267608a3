"""Stage by day, activate at night: runbooks/stage_then_activate.py CONFIG IMAGES.

Copies and installs the images of a catalogue first, with no effect on traffic; then boots them, one half of each pair
after the other. A switch that could not be staged is left out of the second part, and stands in the same report.
"""

import sys

from nornir import InitNornir

from lcm_nornir import ImageCatalog, StatusProcessor, activate_image, stage_image


def main(config: str, images: str) -> int:
    """Run both parts, print one status document, and tell by the exit code whether every switch runs its image."""
    catalog = ImageCatalog.load(images)
    status = StatusProcessor()
    nr = InitNornir(config_file=config).with_processors([status])

    nr.run(task=stage_image, image=catalog)
    staged = [record.name for record in status.record() if not record.error]
    sys.stderr.write(f"staged: {', '.join(staged) or 'none'}\n")
    # the place to wait for the maintenance window, or for somebody to say so
    nr.run(task=activate_image, image=catalog)  # Nornir skips the hosts that failed before

    report = status.report()
    sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    return 0 if report.status == "SUCCESS" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
