"""Desired states for tests: a few lines of YAML become a directory."""

from __future__ import annotations

from pathlib import Path

HEAD = "apiVersion: reconciler/v1\norganization: acme\n"
PART = "apiVersion: reconciler/v1\n"
ADMIN = "members:\n  ada@acme.example: {role: admin}\n"
ON = "tier: enterprise\nsettings: {project_level_permissions: true}\n"


def written(directory: Path, root: str, **others: str | bytes) -> Path:
    """A directory with org.yaml and others: `members__a="..."` is members/a.yaml."""
    (directory / "org.yaml").write_text(root)
    for name, content in others.items():
        path = directory / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return directory
