"""Everything that `dev.py` starts: the development host, Azurite, sample data, the commands."""
