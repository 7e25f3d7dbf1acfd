"""Prescription references: what they look like, how long they hold, and their life from sent to expired."""
