"""What comes of an attempt to change a Delta table, made in a fresh copy of it."""

import hashlib
import shutil
from pathlib import Path


def tree(folder):
    """Every file and folder: its bytes' hash and the time when it changed."""

    def seen(path):
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        return (digest, path.stat().st_mtime_ns)

    return {str(path.relative_to(folder)): seen(path) for path in Path(folder).rglob("*")}


def outcome(name, attempt, source, folder, prepare=None):
    """The error of the attempt or None, the paths that it changed, and where the copy is, which stays when it was changed."""
    copy = Path(folder) / name.replace(",", "").replace(" ", "-") / "data"
    shutil.copytree(source, copy)
    if prepare is not None:
        prepare(copy)
    before = tree(copy)
    error = None
    try:
        attempt(str(copy))
    except Exception as failure:  # whatever type an engine has for it
        error = f"{type(failure).__name__}: {failure}"
    after = tree(copy)
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if not changed:
        shutil.rmtree(copy.parent)
    return {"error": error, "changed": changed, "copy": str(copy.parent)}
