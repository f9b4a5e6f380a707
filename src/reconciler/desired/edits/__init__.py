"""Edits of the desired state's files that leave alone every byte they do not mean."""
