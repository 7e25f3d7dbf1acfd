"""The Power Platform side: connectors, solutions and the canvas app as sources, and what builds and checks them."""
