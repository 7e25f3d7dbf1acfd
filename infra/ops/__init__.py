"""What an operator does from a shell: `python3 dev.py ops …`. A module for each command, a line in `registry.py`."""
