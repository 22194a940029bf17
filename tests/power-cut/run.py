#!/usr/bin/env python3
"""Cuts the power of a file system under a working store, and looks at what is left.

Needs root and loop mounts, so it is run by hand:

    cargo test --test it --no-run
    sudo python3 tests/power-cut/run.py target/debug/deps/it-<hash> [trials]

Each trial makes a fresh ext4 in a file, lets this repository's test binary work in it, reads what the
store has promised, and then shuts the file system down without writing its journal (the ioctl that
xfstests uses for this), as if the power had gone. After a new mount the same binary checks the store
and every promise that was read before the cut.

`work` must lose nothing. The control `flush-only` answers after the engine's own flush, without the
fdatasync that the store adds: it must lose something, which shows that this harness sees loss.
The simulation keeps the drive's own cache, so it is kinder than a power cut.
"""

import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import tempfile
import time

# _IOR('X', 125, __u32) and the flag that leaves the journal unwritten: fs/ext4/ext4.h.
EXT4_IOC_SHUTDOWN = 0x8004587D
EXT4_GOING_FLAGS_NOLOGFLUSH = 2


def sh(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def child(binary, job, store, script=None):
    env = dict(os.environ, WIREROOM_TEST_JOB=job, WIREROOM_TEST_STORE=store)
    if script:
        env["WIREROOM_TEST_SCRIPT"] = script
    return subprocess.Popen(
        [binary, "store::children::child", "--exact", "--nocapture"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def read_until(pipe, deadline, first):
    """All that was said until `deadline` seconds after the first promise."""
    said, end = b"", None
    started = time.monotonic()
    while end is None or time.monotonic() < end:
        if end is None and first in said:
            end = time.monotonic() + deadline
        if end is None and time.monotonic() > started + 60:
            raise SystemExit("the child promises nothing")
        wait = 0.05 if end is None else max(0, end - time.monotonic())
        if select.select([pipe], [], [], wait)[0]:
            part = os.read(pipe.fileno(), 1 << 16)
            if not part:
                break
            said += part
    return said[: said.rfind(b"\n") + 1]


def trial(binary, job, directory, script):
    image, mount = os.path.join(directory, "image"), os.path.join(directory, "mount")
    os.makedirs(mount, exist_ok=True)
    with open(image, "wb") as file:
        file.truncate(256 << 20)
    sh("mkfs.ext4", "-q", "-F", image)
    sh("mount", "-o", "loop", image, mount)
    try:
        store = os.path.join(mount, "store")
        process = child(binary, job, store, script)
        said = read_until(process.stdout, random.uniform(0.05, 1.5), b"published ")
        handle = os.open(mount, os.O_RDONLY)
        try:
            flags = struct.pack("I", EXT4_GOING_FLAGS_NOLOGFLUSH)
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, flags)
        finally:
            os.close(handle)
        process.kill()
        process.communicate()
        sh("umount", mount)
        sh("mount", "-o", "loop", image, mount)
        promises = os.path.join(directory, "promises")
        with open(promises, "wb") as file:
            file.write(said)
        audit = child(binary, "audit", store, promises)
        words, _ = audit.communicate(timeout=120)
        faults = [line for line in words.decode().splitlines() if line.startswith("fault: ")]
        if audit.returncode != 0:
            faults.append("fault: the audit itself failed")
        return said.count(b"\n"), faults
    finally:
        subprocess.run(["umount", mount], stderr=subprocess.DEVNULL)


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    binary = os.path.abspath(sys.argv[1])
    trials = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as directory:
        script = os.path.join(directory, "script")
        env = dict(os.environ, WIREROOM_TEST_JOB="write-script", WIREROOM_TEST_SCRIPT=script)
        env["WIREROOM_TEST_STORE"] = os.path.join(directory, "unused")
        subprocess.run(
            [binary, "store::children::child", "--exact"],
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        bad = False
        for job, must_lose in (("work", False), ("flush-only", True)):
            lost, promised = 0, 0
            for number in range(trials):
                said, faults = trial(binary, job, directory, script)
                promised += said
                lost += bool(faults)
                if faults and not must_lose:
                    print(f"{job} {number}: {len(faults)} faults, first {faults[0]}")
            print(f"{job}: {promised} lines said in {trials} trials, {lost} trials with loss")
            bad |= (lost == 0) if must_lose else (lost > 0)
        print("FAILED" if bad else "as it should be")
        raise SystemExit(bad)


if __name__ == "__main__":
    main()
