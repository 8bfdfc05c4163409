"""`influence world`: synthetic shops in which it is known who persuaded whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def world() -> None:
    """Synthetic data with planted truth."""


@app.command()
def make(
    out: Annotated[Path, typer.Option("--out", help="Folder to write; must be new or empty.", file_okay=False)],
    letter: Annotated[
        str, typer.Option("--world", help="World: A to N, T1, T2 or SHOP, which has money (see docs/evaluation.md).")
    ] = "A",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed; the same seed gives the same world.")] = 1,
) -> None:
    """Write a synthetic world as a dataset folder, with the truth about every purchase in `truth/`.

    \b
    Examples:
      influence world make --world A --seed 1 --out world-a
      influence world make --world SHOP --seed 1 --out shop
      influence load run world-a
    """
    from influence.worlds.files import write_world
    from influence.worlds.rules import SHOP
    from influence.worlds.world import make_world

    if letter == SHOP:
        from influence.worlds.shop.files import write_shop
        from influence.worlds.shop.simulation import make_shop

        shop = make_shop(seed)
        write_shop(shop, out)
        typer.echo(f"{out}: {shop.told}", err=True)
        return
    made = make_world(letter, seed)
    write_world(made, out)
    typer.echo(
        f"{out}: world {letter}, seed {seed}: {len(made.customer_ids):,} customers, "
        f"{len(made.friend_a):,} friendships, {len(made.at):,} purchases; "
        f"{int(made.planted.sum())} planted persuaders caused {int(made.caused.sum()):,} of them",
        err=True,
    )
