"""``python -m scskit``: the command line."""

from scskit.cli import main

main()
