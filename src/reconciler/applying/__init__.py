"""Run a plan: preconditions, confirmation, journal."""
