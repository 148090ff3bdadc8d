# SPDX-License-Identifier: Apache-2.0
"""volumes.py - PostgreSQL's data and its write-ahead log on volumes of their own, which can be full

Each is a tmpfs that the cluster's folder is moved to while the server is stopped. full() takes away all free room by
making the volume as small as what is in it: writers get ENOSPC as from a full disk, without gigabytes of ballast
in memory. free() gives the room back. A full data volume is an ERROR of the statement that wants another page; a full
log volume is a PANIC, after which the server cannot even start before there is room.
"""
import os
import shutil
from pathlib import Path

from namespaces import run
from stack import Stack

TRIES = 50
SETTINGS = {  # beside those of ops/lib/cluster
    "max_wal_size": "'128MB'",  # the volumes are in memory: keep the log small
    "min_wal_size": "'48MB'",
    "commit_delay": "500",  # microseconds: a flush into memory takes no time, but one to a disk does,
    "commit_siblings": "0",  # and what breaks during COMMIT shall find commits to break
}


class Volume:
    def __init__(self, folder: Path, size: str):
        """folder: what is moved to the volume. size: most it may hold in normal times, "4g"."""
        self.folder, self.size = folder, size

    def mount(self) -> None:
        """Moves what is in the folder; nobody may be using it."""
        owner, aside = self.folder.stat(), self.folder.with_name(self.folder.name + ".disk")
        self.folder.rename(aside)
        self.folder.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={self.size},mode=700", "jusha", str(self.folder))
        os.chown(self.folder, owner.st_uid, owner.st_gid)
        run("cp", "-a", f"{aside}/.", str(self.folder))
        shutil.rmtree(aside)

    def unmount(self) -> None:
        if self.folder.is_mount():
            run("umount", "--lazy", str(self.folder))

    def used(self) -> int:
        state = os.statvfs(self.folder)
        return (state.f_blocks - state.f_bfree) * state.f_frsize

    def full(self) -> None:
        """While others write: the kernel refuses a size that they have outgrown since the look."""
        for _ in range(TRIES):
            try:
                return self.resize(str(self.used()))
            except RuntimeError as error:
                refused = error
        raise refused

    def free(self) -> None:
        self.resize(self.size)

    def resize(self, size: str) -> None:
        run("mount", "-o", f"remount,size={size}", str(self.folder))


class Volumes:
    """Both volumes of one system; the log's lies within the data's."""

    def __init__(self, stack: Stack):
        data = stack.state / "cluster/data"
        self.data, self.log = Volume(data, "8g"), Volume(data / "pg_wal", "1g")

    def mount(self) -> None:
        self.data.mount()
        self.log.mount()

    def unmount(self) -> None:
        self.log.unmount()
        self.data.unmount()

    def free(self) -> None:
        self.data.free()
        self.log.free()
