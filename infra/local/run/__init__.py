"""`dev.py run`, part by part: simulators, settings, the reminder job, what came of it, where to look next."""
