"""Where numba keeps compiled kernels: a folder named by everything the machine code was made from.

numba looks only at a compiled function's own file for changes, not at the files of the functions and constants it uses. So
the sources of all compiled code, and what they import, name the cache together with numba's version: code of older sources
is never found. `voltloom/__init__.py` calls this before anything can import numba; worker processes inherit the name.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

VARIABLE: Final = "NUMBA_CACHE_DIR"
IMPORTS: Final = re.compile(rb"^\s*(?:from|import)\s+voltloom\.([\w.]+)", re.MULTILINE)


def name_cache(package: Path) -> None:
    """Tell numba where to keep the kernels of this package; a folder that is named already is respected."""
    if os.environ.get(VARIABLE):
        return
    own = f"{digest_of(package)}-{_numba_version()}-py{sys.version_info.major}{sys.version_info.minor}"
    for home in (_checkout(package), _user_cache()):
        if home is not None and _is_writable(home / "numba" / own):
            _name(str(home / "numba" / own))
            return
    # Nowhere to keep it: compiled for this process and its workers only. A folder that others could write into
    # beforehand would let them run their code here.
    folder = tempfile.mkdtemp(prefix="voltloom-numba-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _name(folder)


def _name(folder: str) -> None:
    """Tell numba a folder, also where somebody imported it before."""
    os.environ[VARIABLE] = folder
    loaded = sys.modules.get("numba")
    if loaded is not None:
        loaded.config.CACHE_DIR = folder


def digest_of(package: Path) -> str:
    """Return one word for all sources that shape machine code: modules that import numba, and all that those import."""
    texts = {path: path.read_bytes() for path in package.rglob("*.py")}
    waiting = [path for path, text in texts.items() if b"numba" in text and path.name != "kernel_cache.py"]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found or path not in texts:
            continue
        found.add(path)
        for name in IMPORTS.findall(texts[path]):
            stem = package.joinpath(*name.decode().split("."))
            waiting += [stem.with_suffix(".py"), stem / "__init__.py"]
    digest = hashlib.sha256()
    for path in sorted(found):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + texts[path] + b"\0")
    return digest.hexdigest()[:16]


def _checkout(package: Path) -> Path | None:
    """Return the folder for caches of a checkout; None where the package is installed."""
    root = package.parent.parent
    return root / ".cache" if package.parent.name == "src" and (root / "pyproject.toml").is_file() else None


def _user_cache() -> Path | None:
    """Return this user's folder for caches, by the customs of the platform; None for a user without a home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "voltloom"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "voltloom"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "voltloom"


def _is_writable(folder: Path) -> bool:
    """Return whether files can be made in a folder, making it where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _numba_version() -> str:
    try:
        return version("numba")
    except PackageNotFoundError:
        return "none"
