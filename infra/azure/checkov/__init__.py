"""checkov over the Bicep files, as an optional job: somebody else's eyes on what our own rules have read."""
