"""The cost of running something: time, CPU of all processes, memory."""
import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor


class Cost:
    """Wall seconds, CPU seconds of all processes, and the largest peak of resident memory of one process."""

    def __init__(self, wall, cpu, peak_mib):
        self.wall, self.cpu, self.peak_mib = wall, cpu, peak_mib


def measured(work):
    """Runs `work` in a child of its own, so that its children's usage is counted alone. It returns True, what failed, or
    a function that tells which of the two: looking at the output is the bench's time, not that of what is measured."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            start = time.monotonic()
            ok = work()
            wall = time.monotonic() - start
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            if callable(ok):
                ok = ok()
            os.write(write, json.dumps([ok, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if not answer:
        sys.exit("bench: a measured run died")
    ok, wall, cpu, peak = json.loads(answer)
    if ok is not True:
        sys.exit(f"bench: a run failed: {ok}")
    return Cost(wall, cpu, peak)


def run_all(commands, jobs):
    """Each (folder, command), `jobs` at once; True or what failed."""
    def one(item):
        folder, command = item
        done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return True if done.returncode == 0 else f"{command[-1]}: {done.stderr.decode()[-300:]}"
    with ThreadPoolExecutor(jobs) as pool:
        return next((r for r in pool.map(one, commands) if r is not True), True)
