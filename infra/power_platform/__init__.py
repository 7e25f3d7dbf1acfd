"""What makers and nurses get of us in the Power Platform: connectors, solutions, the canvas app."""
