# SPDX-License-Identifier: Apache-2.0
"""What a run ran on: without it its figures say nothing."""

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from measure import environment
from places import CARNET, IN_TOTO_GOLANG, ROOT


def described() -> dict[str, object]:
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
        "kernel": f"{platform.system()} {platform.release()}",
        "system": system(),
        "commit": commit(),
        "versions": versions(),
    }


def load() -> float:
    """Processes that were running or waited for a core, in the mean of the last minute."""
    return round(os.getloadavg()[0], 2)


def processor() -> str:
    text = Path("/proc/cpuinfo").read_text()
    name = re.search(r"^model name\s*: (.*)$", text, re.M)
    has_sha = re.search(r"^flags\s*:.*\bsha_ni\b", text, re.M)
    return (name[1] if name else platform.machine()) + (", SHA-NI" if has_sha else "")


def system() -> str:
    found = re.search(
        r'^PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text(), re.M)
    return found[1] if found else "unknown"


def commit() -> str:
    """Of this working tree, with a plus sign if its sources are not that commit's."""
    def git(*words: str) -> str:
        return first_line(["git", "-C", str(ROOT), *words])
    changed = git("status", "--porcelain", "--", "Sources", "Package.swift", "Package.resolved")
    return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


def versions() -> dict[str, str]:
    found = {"carnet": first_line([str(CARNET), "--version"])}
    for name in ("tuf", "in-toto", "securesystemslib", "cryptography", "orjson"):
        found[name] = metadata.version(name)
    found["swift"] = swift()
    found["python"] = platform.python_version()
    found["in-toto-golang"] = built_in_version(IN_TOTO_GOLANG)
    found["curl"] = first_line(["curl", "--version"]).split()[1]
    found["openssl"] = first_line(["openssl", "version"]).split()[1]
    found["nginx"] = first_line(["nginx", "-v"]).rpartition("/")[2]
    return found


def swift() -> str:
    """The compiler in the caller's path, which will have built Carnet."""
    program = shutil.which("swift")
    found = re.search(r"Swift version (\S+)", said([program, "--version"])) if program else None
    return found[1] if found else "unknown"


def built_in_version(program: Path) -> str:
    """Of a Go module, as the program has it in it."""
    found = re.search(rb"mod\tgithub\.com/in-toto/in-toto-golang\t([^\t\n]+)", program.read_bytes())
    return found[1].decode() if found else "as Debian has it"


def first_line(command: list[str]) -> str:
    return (said(command).splitlines() or [""])[0].strip()


def said(command: list[str]) -> str:
    """What it printed; nothing, if there is no such program."""
    try:
        return subprocess.run(
            command, env=environment() | {"HOME": os.environ.get("HOME", "/")},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True).stdout
    except OSError:
        return ""
