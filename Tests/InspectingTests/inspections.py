#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes products with the real tools and lets in-toto 3.1.0 inspect them: inspections.py FOLDER

Prints one JSON object for each case, on a line of its own: the product's path, the command, and
what in-toto recorded before and after it. Each command runs in a folder that holds the product
alone.
"""
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

from in_toto.runlib import in_toto_run

BASE = pathlib.Path(sys.argv[1]).resolve()
SOURCE = BASE / "source"
os.environ.update(LC_ALL="C.UTF-8", TZ="UTC")


def run(*command, cwd=BASE, **options):
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL, **options)


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def noise(count, seed):
    out = bytearray()
    state = hashlib.sha256(seed.encode()).digest()
    while len(out) < count:
        out += state
        state = hashlib.sha256(state).digest()
    return bytes(out[:count])


def make_source():
    write(SOURCE / "demo/a.txt", b"one\n")
    write(SOURCE / "demo/empty", b"")
    write(SOURCE / "demo/exactly", bytes(512))
    write(SOURCE / "demo/noise.bin", noise(300_001, "noise"))
    write(SOURCE / "demo/lib/deep/er/b.py", b"print(1)\n" * 500)
    write(SOURCE / "demo/lib/b.pyc", b"left out")
    write(SOURCE / "demo/.git/config", b"left out")
    write(SOURCE / "demo/draft~", b"left out")
    write(SOURCE / "demo/build.link", b"left out")
    write(SOURCE / "demo/gr\u00fc\u00df e.txt", b"two words\n")
    write(SOURCE / ("demo/" + "long-" * 30 + ".txt"), b"a long name\n")
    write(SOURCE / ("demo/" + "folder-of-some-length/" * 12 + "file"), b"a long path\n")
    (SOURCE / "demo/nothing").mkdir()


def add_links(folder):
    os.symlink("a.txt", folder / "to-file")
    os.symlink("lib/deep", folder / "to-folder")
    os.symlink("lib/../to-file", folder / "to-link")
    os.symlink("not-there", folder / "dangling")
    os.symlink("../a.txt", folder / "lib/up")


def linked_source():
    linked = BASE / "linked"
    shutil.copytree(SOURCE, linked)
    add_links(linked / "demo")
    os.link(linked / "demo/a.txt", linked / "demo/hard")
    return linked


def python_tar(path, form):
    with tarfile.open(path, "w:gz", format=form) as archive:
        archive.add(SOURCE / "demo", "demo")


def python_zip(path, method, large=False):
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted((SOURCE / "demo").rglob("*")):
            name = str(file.relative_to(SOURCE))
            if file.is_dir() or not large:
                archive.write(file, name)
            else:
                with archive.open(name, "w", force_zip64=True) as entry:
                    entry.write(file.read_bytes())


class Unseekable(io.RawIOBase):
    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()


def deb(path, *options):
    root = BASE / "root"
    if not root.exists():
        shutil.copytree(SOURCE / "demo", root / "usr/share/demo")
        shutil.rmtree(root / "usr/share/demo/.git")
        add_links(root / "usr/share/demo")
        write(root / "DEBIAN/control", (
            b"Package: demo\nVersion: 1.0\nArchitecture: all\n"
            b"Maintainer: Alice <alice@example.org>\nDescription: demo\n"))
    run("dpkg-deb", "--root-owner-group", *options, "--build", str(root), str(path))


def git_archive(path):
    work = BASE / "work"
    work.mkdir()
    write(work / "demo.py", b"print(2)\n")
    name = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    run("git", "init", "-q", cwd=work)
    run("git", "add", "demo.py", cwd=work)
    run("git", *name, "commit", "-q", "-m", "one", cwd=work)
    run("git", "archive", "--prefix=demo-1.0/", "-o", str(path), "HEAD", cwd=work)


def products(out):
    """Products and the commands to try on each."""
    linked = linked_source()
    tar_gz = [["tar", "xzf", "FILE"], ["tar", "xfz", "FILE"], ["tar", "-xf", "FILE"],
              ["tar", "-x", "-z", "-f", "./FILE"], ["tar", "-xzvpfFILE"],
              ["tar", "--extract", "--gzip", "--file=FILE", "--strip-components=1"],
              ["tar", "xzf", "FILE", "--strip-components", "2"], ["tar", "xCf", ".", "FILE"],
              ["tar", "--get", "--file", "FILE", "--directory", "./"], ["true"]]
    for form in ("v7", "oldgnu", "gnu", "ustar", "posix"):
        path = out / f"{form}.tar.gz"
        try:
            run("tar", f"--format={form}", "-czf", str(path), "demo", cwd=linked,
                stderr=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            path.unlink()  # names that are too long for it
            run("tar", f"--format={form}", "-czf", str(path), "demo/a.txt", "demo/lib/up",
                cwd=linked)
        yield path, tar_gz, form != "v7"
    for ending, option in ((".tar", "-cf"), (".tar.xz", "-cJf"), (".tar.zst", "--zstd -cf")):
        path = out / f"demo{ending}"
        run("tar", *option.split(), str(path), ".", cwd=linked)
        commands = [["tar", "xf", "FILE"], ["tar", "--strip-components=1", "-x", "-f", "FILE"]]
        if ending == ".tar.xz":
            commands += [["tar", "xJf", "FILE"]]
        yield path, commands, True
    for name, form in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT)):
        path = out / f"python-{name}.tgz"
        python_tar(path, form)
        yield path, [["tar", "xzf", "FILE"], ["gzip", "-d", "FILE"], ["gunzip", "-k", "FILE"]], \
            True
    path = out / "demo-1.0.tar.gz"
    git_archive(path)
    yield path, [["tar", "xzf", "FILE"]], True
    unzip = [["unzip", "FILE"], ["unzip", "-q", "FILE", "-d", "there"], ["unzip", "-qqo", "*"],
             ["unzip", "-dout", "./FILE"], ["python3", "-m", "zipfile", "-e", "FILE", "a/b"]]
    for name, options in (("plain", "-r"), ("links", "-ry"), ("stored", "-r0"), ("bare", "-rD")):
        path = out / f"{name}.zip"
        run("zip", "-q", options, str(path), "demo", cwd=linked)
        yield path, unzip + [["unzip", name]], True
    path = out / "stream.whl"
    with open(path, "wb") as stream:
        made = subprocess.run(["zip", "-qr", "-", "demo"], cwd=linked, check=True,
                              stdout=subprocess.PIPE)
        stream.write(made.stdout)
    yield path, unzip + [["unzip", "*.whl"]], True
    for name, method in (("deflated", zipfile.ZIP_DEFLATED), ("stored", zipfile.ZIP_STORED)):
        path = out / f"python-{name}.whl"
        python_zip(path, method)
        yield path, unzip, True
    path = out / "large.zip"
    python_zip(path, zipfile.ZIP_DEFLATED, large=True)
    yield path, unzip, True
    path = out / "python-stream.zip"
    with Unseekable(path) as stream:
        python_zip(stream, zipfile.ZIP_DEFLATED)
    yield path, unzip, True
    path = out / "noise.bin.gz"
    write(path, subprocess.run(["gzip", "-c", str(SOURCE / "demo/noise.bin")], check=True,
                               stdout=subprocess.PIPE).stdout * 2)
    yield path, [["gzip", "-d", "FILE"], ["gunzip", "FILE"], ["gzip", "-dk", "FILE"],
                 ["gzip", "-cd", "FILE"], ["gunzip", "--test", "FILE"]], True
    for packing in ("gzip", "xz", "zstd", "none"):
        path = out / f"demo_{packing}_all.deb"
        deb(path, f"-Z{packing}")
        yield path, [["dpkg-deb", "-x", "FILE", "there"], ["dpkg-deb", "-X", "FILE", "."],
                     ["dpkg-deb", "-R", "FILE", "raw"], ["dpkg-deb", "-e", "FILE"],
                     ["dpkg-deb", "--control", "FILE", "c"]], True
    path = out / "old.deb"
    deb(path, "-Zgzip", "--no-uniform-compression")
    yield path, [["dpkg-deb", "--extract", "FILE", "there"]], True


def inspected(product, command):
    cell = BASE / "cell"
    if cell.exists():
        run("chmod", "-R", "u+rwX", str(cell))
        shutil.rmtree(cell)
    cell.mkdir()
    shutil.copy(product, cell)
    os.chdir(cell)
    with open(os.devnull, "w", encoding="utf-8") as null:
        saved = os.dup(1)
        os.dup2(null.fileno(), 1)
        try:
            link = in_toto_run("inspect", ["."], ["."], command, timeout=60).signed
        finally:
            os.dup2(saved, 1)
            os.close(saved)
    status = link.byproducts["return-value"]
    return {"status": status, "materials": link.materials, "products": link.products}


def main():
    out = BASE / "products"
    out.mkdir(parents=True)
    make_source()
    for product, commands, is_taken in products(out):
        for command in commands:
            words = [word.replace("FILE", product.name) for word in command]
            case = inspected(product, words)
            # Info-ZIP writes names as they are, which Python takes for those of MS-DOS.
            is_misread = words[0] == "python3" and any(
                not entry.filename.isascii() and not entry.flag_bits & 0x800
                for entry in zipfile.ZipFile(product).infolist())
            # Without its first two folders the link in `lib` leads out of the folder.
            leads_out = words[-2:] == ["--strip-components", "2"]
            case.update(
                product=str(product), command=words,
                taken=words == ["true"] or is_taken and not is_misread and not leads_out)
            print(json.dumps(case, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
