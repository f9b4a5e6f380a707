"""One view of a plan, many renderings."""
