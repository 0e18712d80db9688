"""The commands of the command line: `NAME_command.py` holds the one called NAME, in its function `command`."""
