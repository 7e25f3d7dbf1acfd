"""Telling other systems what happens: who wants to be told, what is still to be told, and telling it."""
