"""The live store: where an organization really lives, behind ports."""
