"""An upgrade that a crash cannot lose: runbooks/resumable.py CONFIG IMAGES STORE.

Runs as a job of a store. Called again after a crash it goes on with that job: what runs on a switch is followed, what
is done is skipped, nothing is done twice.
"""

import sys

from nornir import InitNornir

from lcm_nornir import (
    ImageCatalog,
    JournalProcessor,
    ProgressProcessor,
    StatusProcessor,
    Store,
    resume_job,
    update_image,
)
from lcm_nornir.jobs import is_unfinished


def main(config: str, images: str, place: str) -> int:
    """Begin a job or go on with the last one, print its document, and tell whether every switch runs its image."""
    with Store(place) as store:
        last = store.jobs()[-1:]
        known = [record for job in last for record in store.record(job) if is_unfinished(job, record)]
        status = StatusProcessor(store.record(last[0]), int(last[0].created)) if known else StatusProcessor()
        nr = InitNornir(config_file=config).with_processors([status, ProgressProcessor()])
        if known:
            resume_job(nr, store, last[0].id)
        else:
            journal = JournalProcessor(store, config=config)
            nr = nr.with_processors([*nr.processors, journal])
            nr.run(task=update_image, image=ImageCatalog.load(images))

    report = status.report()
    sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    return 0 if report.status == "SUCCESS" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
