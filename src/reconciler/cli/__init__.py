"""The command line: the only prints, prompts and exit codes."""
