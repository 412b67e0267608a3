"""The command line ``lcm-nornir``: parse, call, print. Data goes to stdout, what is for people to stderr.

Exit codes, in this order of precedence: 130 interrupted; 2 usage, bad input, nothing selected; 3 held or stopped;
1 some switch or check failed; 0 the goal is reached on every switch. 70 is a bug of ours.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

_TRACEBACK = "LCM_NORNIR_TRACEBACK"
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # an error is one line that can be searched for, not a drawn box
    help="Upgrade the operating system of a fleet of network switches.",
)
_audit = typer.Typer(no_args_is_help=True, help="Check that what the store tells of the past was not altered.")
app.add_typer(_audit, name="audit")
_users = typer.Typer(no_args_is_help=True, help="Who may call the API, and what each may do there.")
app.add_typer(_users, name="users")


class Output(StrEnum):
    """Forms in which data goes to stdout."""

    JSON = "json"
    TEXT = "text"


DEFAULT_CONFIG = Path("inventory/config.yaml")
Config = Annotated[Path, typer.Option("--config", "-c", help="Nornir's configuration file.")]
AnyConfig = Annotated[
    Path | None, typer.Option("--config", "-c", help=f"Nornir's configuration file; {DEFAULT_CONFIG} if there is one.")
]
Limit = Annotated[
    list[str] | None,
    typer.Option("--limit", "-l", help="Switches or groups, comma-separated, with * and ?. Repeatable."),
]
Filter = Annotated[
    list[str] | None, typer.Option("--filter", "-F", help="KEY=VALUE as for Nornir's F, e.g. site=ams. Repeatable.")
]
Form = Annotated[Output, typer.Option("--output", help="Form of what goes to stdout.")]
Simulated = Annotated[str, typer.Option(help="Network OS of the switches, as an inventory calls it; all: in turn.")]
Speed = Annotated[float, typer.Option("--speed", min=0.1, max=1000, help="How many times as fast as real switches.")]
Faults = Annotated[
    list[str] | None, typer.Option("--fault", help="SWITCH=FAULT, repeatable; FAULT as listed by --faults.")
]
Switches = Annotated[int, typer.Option("--switches", min=1, max=10_000, help="How many simulated switches.")]


RecordTo = Annotated[
    Path | None, typer.Option("--record", help="Folder where each switch's dialogue is kept, redacted.")
]
Recordings = Annotated[
    list[str] | None,
    typer.Option("--recording", help="SWITCH=FILE, repeatable: it answers with recorded words until it is changed."),
]
StoreName = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="FILE|URL",
        help="Where jobs are kept: a file, or postgresql://USER@HOST/DATABASE; else lcm.db in your state folder.",
    ),
]
Lease = Annotated[
    float, typer.Option("--lease", min=0.5, help="Seconds for which a switch stays this run's if it stands still.")
]
User = Annotated[str, typer.Argument(metavar="NAME", help="By which the user logs in.")]
Roles = Annotated[list[str], typer.Option("--role", help="viewer, operator, approver or admin. Repeatable.")]
Password = Annotated[
    str,
    typer.Option("--password", metavar="REFERENCE", help="env:NAME, file:PATH, keyring:SERVICE/USER; else asked."),
]
Job = Annotated[str, typer.Argument(metavar="JOB", help="Its id, the begin of it, or 'last'.")]
OtherConfig = Annotated[
    Path | None, typer.Option("--config", "-c", help="Nornir's configuration file; the job's own if not given.")
]


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - imported when used

        print(version("lcm-nornir"))  # noqa: T201 - what was asked for
        raise typer.Exit


def _show_faults(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        from lcm_nornir.simulator.faults import table  # noqa: PLC0415 - imported when used

        print(table())  # noqa: T201 - what was asked for
        raise typer.Exit


ListFaults = Annotated[
    bool, typer.Option("--faults", callback=_show_faults, is_eager=True, help="List the faults of simulated switches.")
]


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Upgrade the operating system of a fleet of network switches."""


@app.command()
def rehearse(
    *,
    switches: Switches = 4,
    fault: Faults = None,
    faults: ListFaults = False,  # noqa: ARG001 - its callback has answered
    speed: Speed = 20.0,
    platform: Simulated = "",
    output: Form = Output.JSON,
) -> None:
    """Upgrade a simulated fleet over real SSH and print its status document."""
    from lcm_nornir.cli.lab import LabSpec  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.rehearse import rehearse as command  # noqa: PLC0415 - as above

    _exit(lambda: command(LabSpec(switches, tuple(fault or ()), speed, platform=platform), output))


@app.command()
def simulate(
    *,
    switches: Switches = 4,
    fault: Faults = None,
    faults: ListFaults = False,  # noqa: ARG001 - its callback has answered
    speed: Speed = 20.0,
    first_address: Annotated[str, typer.Option(help="First loopback address of the fleet.")] = "127.42.0.1",
    recording: Recordings = None,
    platform: Simulated = "",
    folder: Annotated[
        Path | None, typer.Option(help="Where config.yaml and the other files go; a temporary one if not given.")
    ] = None,
    output: Form = Output.TEXT,
) -> None:
    """Run a simulated fleet to play with, and print its inventory (hosts.yaml); Ctrl-C ends it."""
    from lcm_nornir.cli.lab import LabSpec  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.simulate import simulate as command  # noqa: PLC0415 - as above

    spec = LabSpec(switches, tuple(fault or ()), speed, first_address, tuple(recording or ()), platform)
    _exit(lambda: command(spec, folder, output))


def _upgrade(name: Literal["run", "stage", "activate"], text: str) -> None:
    """Add one of the commands that bring switches to an image: they take the same options."""

    @app.command(name, help=text, short_help=text)
    def command(
        *,
        config: Config = DEFAULT_CONFIG,
        image_url: Annotated[str, typer.Option(help="Where the switches fetch the image.")] = "",
        image_file: Annotated[Path | None, typer.Option(help="Local image file that is sent to the switches.")] = None,
        images: Annotated[Path | None, typer.Option(help="Catalogue: which image for which switch (YAML).")] = None,
        version: Annotated[str, typer.Option(help="Version as the switch reports it.")] = "",
        sha256: Annotated[str, typer.Option(help="Digest of the image, hexadecimal.")] = "",
        sha512: Annotated[str, typer.Option(help="Digest of the image, hexadecimal.")] = "",
        limit: Limit = None,
        filters: Filter = None,
        confirm: Annotated[
            int | None, typer.Option(help="Refuse unless exactly so many switches are selected.")
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")] = False,
        unsaved: Annotated[
            Literal["save", "refuse"], typer.Option(help="What to do about an unsaved running configuration.")
        ] = "save",
        allow_downgrade: Annotated[bool, typer.Option("--allow-downgrade", help="The image may be older.")] = False,
        allow_unverified: Annotated[
            bool, typer.Option("--allow-unverified", help="Install without a digest checked on the switch.")
        ] = False,
        allow_mixed: Annotated[
            bool, typer.Option("--allow-mixed", help="Its members may run different versions before.")
        ] = False,
        allow_unknown_path: Annotated[
            bool, typer.Option("--allow-unknown-path", help="Go to a train to which no known way leads.")
        ] = False,
        record: RecordTo = None,
        store: StoreName = None,
        lease: Lease = 60.0,
        output: Form = Output.JSON,
    ) -> None:
        from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
        from lcm_nornir.cli.selection import Choice  # noqa: PLC0415 - as above
        from lcm_nornir.cli.upgrade import Run, upgrade  # noqa: PLC0415 - as above
        from lcm_nornir.policy import Policy  # noqa: PLC0415 - as above

        options = {
            "image_url": image_url, "image_file": image_file, "images": images,
            "version": version, "sha256": sha256, "sha512": sha512,
        }  # fmt: skip
        policy = Policy(
            unsaved,
            allow_downgrade=allow_downgrade,
            allow_unverified=allow_unverified,
            allow_mixed=allow_mixed,
            allow_unknown_path=allow_unknown_path,
        )
        choice = Choice(config, tuple(limit or ()), tuple(filters or ()), confirm)
        kept = Kept(store, lease)
        run = Run(name, policy, dry_run=dry_run, record=record)
        _exit(lambda: upgrade(run, choice, options, kept=kept, output=output), kept.named)


_upgrade("run", "Bring switches to an image, prove it, and print the status document.")
_upgrade("stage", "Copy, check and install an image; the next boot stays as it is.")
_upgrade("activate", "Boot a staged image and prove it.")


@app.command()
def resume(
    job: Job,
    *,
    decide: Annotated[
        list[str] | None,
        typer.Option("--decide", help="SWITCH=done, =again or =give-up, for a switch that is held. Repeatable."),
    ] = None,
    config: OtherConfig = None,
    record: RecordTo = None,
    store: StoreName = None,
    lease: Lease = 60.0,
    output: Form = Output.JSON,
) -> None:
    """Go on with a job after a crash: look at each unfinished switch, and do what is missing."""
    from lcm_nornir.cli.jobs import Again  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.jobs import resume as command  # noqa: PLC0415 - as above
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - as above

    kept = Kept(store, lease)
    _exit(lambda: command(Again(kept, job, config, record), tuple(decide or ()), output), kept.named)


@app.command()
def retry(
    job: Job,
    *,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="failed, unreachable, refused, stopped; comma-separated.")
    ] = None,
    config: OtherConfig = None,
    record: RecordTo = None,
    store: StoreName = None,
    lease: Lease = 60.0,
    output: Form = Output.JSON,
) -> None:
    """Try again the switches of a job that ended without success (failed and unreachable ones)."""
    from lcm_nornir.cli.jobs import Again  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.jobs import retry as command  # noqa: PLC0415 - as above
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - as above

    kept, kinds = Kept(store, lease), tuple(only or ("failed", "unreachable"))
    _exit(lambda: command(Again(kept, job, config, record), kinds, output), kept.named)


@app.command()
def cancel(job: Job, *, store: StoreName = None) -> None:
    """Ask whoever runs a job to stop every switch at its next safe point."""
    from lcm_nornir.cli.jobs import cancel as command  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: command(kept, job), kept.named)


@app.command()
def status(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Its id, the begin of it, or 'last'.")] = "",
    *,
    all_jobs: Annotated[bool, typer.Option("--all", help="A line for each job of the store.")] = False,
    store: StoreName = None,
    output: Form = Output.JSON,
) -> None:
    """Print a job's status document as the store tells it; only reads."""
    from lcm_nornir.cli.jobs import status as of_one  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.jobs import status_of_all  # noqa: PLC0415 - as above
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - as above

    if bool(job) == all_jobs:
        raise typer.BadParameter("give either a JOB or --all")
    kept = Kept(store)
    _exit(lambda: status_of_all(kept, output) if all_jobs else of_one(kept, job, output), kept.named)


@app.command()
def watch(job: Job, *, store: StoreName = None, output: Form = Output.JSON) -> None:
    """Show a job that another process runs until it has ended; only reads."""
    from lcm_nornir.cli.jobs import watch as command  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: command(kept, job, output), kept.named)


@_audit.command()
def verify(
    *,
    head: Annotated[str, typer.Option(help="A head that was noted after an earlier audit.")] = "",
    store: StoreName = None,
    output: Form = Output.TEXT,
) -> None:
    """Check by digests that what the store tells of the past is what was written; only reads. See docs/journal.md."""
    from lcm_nornir.cli.audit import verify as command  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: command(kept, head, output), kept.named)


@_users.command("add")
def users_add(user: User, *, role: Roles, password: Password = "", store: StoreName = None) -> None:
    """Add a user."""
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.users import add  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: add(kept, user, role, password), kept.named)


@_users.command("list")
def users_list(*, store: StoreName = None, output: Form = Output.TEXT) -> None:
    """List the users; only reads."""
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.users import listed  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: listed(kept, output), kept.named)


@_users.command("disable")
def users_disable(user: User, *, store: StoreName = None) -> None:
    """Let a user log in no more, and end his tokens."""
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.users import change  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: change(kept, user, disabled=True), kept.named)


@_users.command("enable")
def users_enable(user: User, *, store: StoreName = None) -> None:
    """Let a user who was disabled log in again."""
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.users import change  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: change(kept, user, disabled=False), kept.named)


@_users.command("roles")
def users_roles(user: User, *, role: Roles, store: StoreName = None) -> None:
    """Give a user these roles instead of those that he has; his tokens end."""
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.users import change  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: change(kept, user, roles=role), kept.named)


@_users.command("password")
def users_password(user: User, *, password: Password = "", store: StoreName = None) -> None:
    """Give a user another password; his tokens end."""
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.users import set_password  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: set_password(kept, user, password), kept.named)


@_users.command("token")
def users_token(
    user: User,
    *,
    role: Roles,
    days: Annotated[float, typer.Option(min=0.001, max=366, help="How long it is valid.")] = 30.0,
    store: StoreName = None,
) -> None:
    """Print a token for a program that calls in a user's name; it is shown this once."""
    from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.users import token  # noqa: PLC0415 - as above

    kept = Kept(store)
    _exit(lambda: token(kept, user, role, days), kept.named)


@app.command()
def trust(
    *,
    config: Config = DEFAULT_CONFIG,
    limit: Limit = None,
    filters: Filter = None,
    yes: Annotated[bool, typer.Option("--yes", help="Trust new keys without asking.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Also trust keys that have changed.")] = False,
    output: Form = Output.TEXT,
) -> None:
    """Collect the switches' host keys, show their fingerprints, and trust them once you say so."""
    from lcm_nornir.cli.selection import Choice  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.trust import trust as command  # noqa: PLC0415 - as above

    choice = Choice(config, tuple(limit or ()), tuple(filters or ()))
    _exit(lambda: command(choice, output, yes=yes, replace=replace))


@app.command()
def record(
    commands: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="show … or dir …; what the driver reads, if none is given."),
    ] = None,
    *,
    config: Config = DEFAULT_CONFIG,
    limit: Limit = None,
    filters: Filter = None,
    folder: Annotated[Path, typer.Option(help="Where the recordings go, a file per switch.")] = Path("recordings"),
    about: Annotated[str, typer.Option(help="What is to be known of these switches, e.g. 'a lab, 10.5.6'.")] = "",
    configuration: Annotated[
        bool, typer.Option("--configuration", help="Record the configurations, too: read them with care.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the recordings instead of a table.")] = False,
    output: Form = Output.TEXT,
) -> None:
    """Record what switches say, without what tells whose they are; only reads. See docs/record.md."""
    from lcm_nornir.cli.record import Wanted  # noqa: PLC0415 - imported when used
    from lcm_nornir.cli.record import record as command  # noqa: PLC0415 - as above
    from lcm_nornir.cli.selection import Choice  # noqa: PLC0415 - as above

    choice = Choice(config, tuple(limit or ()), tuple(filters or ()))
    wanted = Wanted(tuple(commands or ()), folder, about, configuration, show)
    _exit(lambda: command(choice, wanted, output))


@app.command()
def drivers(output: Form = Output.TEXT) -> None:
    """List the network operating systems and what each can do."""
    from lcm_nornir.cli.drivers import drivers as command  # noqa: PLC0415 - imported when used

    _exit(lambda: command(output))


@app.command()
def serve(
    *,
    context: typer.Context,
    config: Config = DEFAULT_CONFIG,
    store: StoreName = None,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0: any that is free.")] = 8443,
    tls_certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", "--tls-cert", help="PEM file with the certificate chain.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file with its key.")] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Network, address or DNS name (*.example.net) where images may lie. Repeatable."),
    ] = None,
    late: Annotated[
        Literal["start", "refuse"], typer.Option(help="What becomes of a job whose time was missed.")
    ] = "start",
    grace: Annotated[
        float, typer.Option(min=0, help="Seconds that jobs have to come to a safe point when the service is stopped.")
    ] = 60.0,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Serve a simulated fleet, its image server and two users.")
    ] = False,
    switches: Switches = 4,
    fault: Faults = None,
    speed: Speed = 20.0,
    platform: Simulated = "",
) -> None:
    """Serve the LCM API over HTTP until SIGTERM or Ctrl-C. See docs/api.md."""

    def command() -> int:
        _check_extra("api", ("argon2", "fastapi", "httpx", "prometheus_client", "uvicorn"))
        from lcm_nornir.api import Settings  # noqa: PLC0415 - imported when used
        from lcm_nornir.api.listening import Listening  # noqa: PLC0415 - as above
        from lcm_nornir.cli.kept import Kept  # noqa: PLC0415 - as above
        from lcm_nornir.cli.lab import LabSpec  # noqa: PLC0415 - as above
        from lcm_nornir.cli.serve import Served, rehearsed, served  # noqa: PLC0415 - as above
        from lcm_nornir.destinations import Allowed  # noqa: PLC0415 - as above
        from lcm_nornir.errors import RequestError  # noqa: PLC0415 - as above

        settings = Settings(allowed=Allowed.parse(allow or ()), late=late, grace=grace)
        listening = Listening(host, port, tls_certificate, tls_key)
        wanted = Served(config, Kept(store), listening, settings)
        if rehearse:
            return rehearsed(wanted, LabSpec(switches, tuple(fault or ()), speed, platform=platform))
        if given := _given(context, "fault", "platform", "speed", "switches"):
            raise RequestError("it is for simulated switches", field=f"--{given}", cure="add --rehearse, or leave it")
        return served(wanted)

    _exit(command)


@app.command()
def doctor(config: AnyConfig = None, output: Form = Output.TEXT) -> None:
    """Check this machine and the inventory: what an upgrade needs and what is missing."""
    from lcm_nornir.cli.doctor import doctor as command  # noqa: PLC0415 - imported when used

    _exit(lambda: command(config, output))


def _given(context: typer.Context, *names: str) -> str:
    """Give the first of these options that was typed, whatever its value; empty if none was."""
    sources = ((name, context.get_parameter_source(name)) for name in names)
    return next((name for name, source in sources if source and source.name == "COMMANDLINE"), "")


def _exit(command: Callable[[], int], told: Callable[[str], str] = str) -> None:
    """Leave with a command's exit code; bad input is one line, not a traceback, and so is a bug of ours.

    Args:
        command: Gives the exit code.
        told: Completes what is told of an error by how things are called at this command line.
    """
    from lcm_nornir.errors import Held, LcmError, RequestError, Stopped  # noqa: PLC0415 - imported when used

    try:
        code = command()
    except RequestError as error:
        print(f"lcm-nornir: {told(str(error))}", file=sys.stderr)  # noqa: T201 - what a command line is for
        code = 2
    except LcmError as error:
        print(f"lcm-nornir: {told(str(error))}", file=sys.stderr)  # noqa: T201 - as above
        code = 3 if isinstance(error, Held | Stopped) else 1
    except (KeyboardInterrupt, typer.Abort):
        print("lcm-nornir: interrupted", file=sys.stderr)  # noqa: T201 - as above
        code = 130
    except Exception as error:
        if os.environ.get(_TRACEBACK):
            raise
        kind = type(error).__name__  # and not its text, which nobody has looked through for secrets
        print(f"lcm-nornir: {kind}: a bug of ours; {_TRACEBACK}=1 shows where", file=sys.stderr)  # noqa: T201 - as above
        code = 70
    raise typer.Exit(code)


def _check_extra(extra: str, packages: tuple[str, ...]) -> None:
    """Refuse a command whose packages are not installed."""
    from importlib.util import find_spec  # noqa: PLC0415 - imported when used

    from lcm_nornir.errors import RequestError  # noqa: PLC0415 - as above

    if missing := [name for name in packages if find_spec(name) is None]:
        raise RequestError(
            f"missing: {', '.join(missing)}", field="serve", cure=f"run: pip install 'lcm-nornir[{extra}]'"
        )


def main() -> Any:
    """Run the command line."""
    logging.lastResort = _Warnings()  # where nobody has set up logging
    return app()


class _Warnings(logging.Handler):
    """Tells warnings on stderr, without tracebacks: these carry paths, and texts that nobody has looked through."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one; what Nornir says of a task that failed is in the report, too."""
        if os.environ.get(_TRACEBACK):
            print(self.format(record), file=sys.stderr)  # noqa: T201 - what a command line is for
        elif not record.name.startswith("nornir."):
            print(record.getMessage(), file=sys.stderr)  # noqa: T201 - as above
