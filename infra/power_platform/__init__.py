"""The Power Platform side: connectors, solutions, the canvas app; their sources, builders and checks."""
