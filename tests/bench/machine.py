"""What the figures were measured on."""
import os
import platform
import subprocess
from pathlib import Path


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return f"{command[0]}: not found"
    return (done.stdout or done.stderr).splitlines()[0].strip()


def describe():
    cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return [
        f"{model or platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB; "
        f"{platform.system()} {platform.release()}; load {load:.1f} before",
        f"hplint built by {first_line(['gcc', '--version'])}; against {first_line(['clang-19', '--version'])}",
    ]
