"""The one screen that says where to click."""

from sandbox.demo.addresses import Addresses
from sandbox.demo.folder import Folder
from sandbox.stripe.cards import CARDS, OFFERED

SCREEN = """
  The Lantern is open, and everything it needs runs on this machine.   Ready in {seconds:.1f} s

    An article with the widget   {newsroom}/stories/eleven-minutes-of-dry-land
    The same without scripts     {web}/donate
    Stripe, played               {stripe}
    Everything that was mailed   {mailbox}
    The API, described           {web}/api/docs

  Give with any date to come and any three digits:
{cards}

  A month passes at Stripe, and here:
    curl -d '{{"seconds": 2678400}}' -H 'Content-Type: application/json' {stripe}/_sandbox/advance

  In another terminal, with the same settings:
    set -a; . {env}; set +a
    {command} export donations --from {first} --to {last} --format csv

  Addresses for programs: {json}    Logs: {logs}
  Ctrl-C ends all of it.
"""


def screen(folder: Folder, addresses: Addresses, command: str, seconds: float, year: int) -> str:
    cards = [f"    {CARDS[number].spaced}   {what}" for number, what in OFFERED]
    return SCREEN.format(
        seconds=seconds,
        newsroom=addresses.newsroom,
        web=addresses.web,
        stripe=addresses.stripe,
        mailbox=addresses.mailbox,
        cards="\n".join(cards),
        env=folder.settings,
        command=command,
        first=f"{year}-01-01",
        last=f"{year}-12-31",
        json=folder.addresses,
        logs=folder.path / "logs",
    )
