"""Access by pull request: who approves what, CI, and the repository it all lives in."""
