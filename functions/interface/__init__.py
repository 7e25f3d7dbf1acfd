"""The HTTP interface as values: every operation with what it takes, answers, and asks of its caller.

One file per family holds its parameters, bodies and answers. `table` lists them all: triggers are registered from it,
the guard reads it, and the connectors are generated from it, so that none can drift from another.

Parameters and bodies are plain dataclasses, answers typed dictionaries: pydantic reads the first when a request comes
(functions/edge/reading.py) and describes both when connectors are made, so a cold start pays for neither.
"""
