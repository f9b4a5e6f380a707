"""Why somebody has the access they have: every source of it, and who made it so."""
