"""Seeing it run: facts become log lines, and measurements where somebody collects them."""
