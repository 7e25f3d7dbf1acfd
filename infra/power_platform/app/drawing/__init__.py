"""The screens drawn as a web page, so that wording, order and colours can be looked at without a Studio.

A sketch, not Power Apps: formulas are computed from sample values, a browser sets the boxes. What it cannot show
(heights that formulas state, focus, what a screen reader says) stands in docs/power-platform/app.md.
"""
