"""The canvas app: its source by hand in `Src/` (`*.pa.yaml` v3), and the checker that reads it as Studio would.

No Studio runs here. So everything that can be said about the source without one is checked: structure, names, formulas,
calls of our connectors, words in both languages, accessibility (`python3 -m infra.power_platform.app.check`).
"""
