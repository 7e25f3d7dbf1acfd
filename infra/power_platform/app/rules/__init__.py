"""The rules, one file per subject. Each is a function of what was read, and yields findings."""
