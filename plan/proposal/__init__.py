"""A plan proposed from what databases hold: domains, new names, and why; pure."""
