#!/usr/bin/env python3
"""Says what a Python project lacks."""
from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path


def problems(root: Path) -> list[str]:
    found = []
    file = root / "pyproject.toml"
    if not file.exists():
        return ["there is no pyproject.toml"]
    project = tomllib.loads(file.read_text())
    tools = project.get("tool", {})
    for tool in ("ruff", "mypy", "pytest"):
        if tool not in tools:
            found.append(f"no settings for {tool}")
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split()
    for name in (".env", ".venv", "__pycache__"):
        if any(part == name for path in tracked for part in Path(path).parts):
            found.append(f"{name} is committed")
    return found


if __name__ == "__main__":
    found = problems(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) or "nothing is missing")
    sys.exit(bool(found))
