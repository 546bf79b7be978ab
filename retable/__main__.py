"""The command line for those who start it as `python -m retable`."""

from retable.cli import main

main(prog_name="retable")
