"""The `sustainer` command: starts the processes, and does by hand what a person has to do.

Bad input is one line on stderr and exit code 2; a check that finds something wrong is exit code 1.
"""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from service.commands import books, processes, upkeep
from service.commands.words import fail


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
def sustainer() -> None:
    """Sustainer, the donation service for independent newsrooms."""


for command in (
    *(processes.demo, processes.serve, processes.worker, processes.clock),
    *(upkeep.migrate, upkeep.doctor, upkeep.replay),
    *(books.export, books.reconcile, books.rebuild, books.adopt, books.close),
):
    sustainer.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run what the command line says, or `arguments`.

    click would print three lines for a slip of the hand; one says it.
    """
    try:
        ended = sustainer.main(arguments, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.ctx.get_help() if asked.ctx else "")
        sys.exit(2)
    except click.ClickException as slip:
        fail(" ".join(slip.format_message().split()), slip.exit_code)
    except click.Abort:
        sys.exit(130)
    sys.exit(ended if isinstance(ended, int) else 0)
