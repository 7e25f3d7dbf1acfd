"""Triggers only: each function decodes, calls one service and answers."""
