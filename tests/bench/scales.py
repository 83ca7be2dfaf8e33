"""How much memory a program needs with all processes that it starts."""

import pathlib
import re
import subprocess
import time

PAUSE_SECONDS = 0.002


def descendants(pid):
    """PID and all that it has started and that runs now."""
    found = [pid]
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []  # it has just ended
    for child in children:
        found += descendants(int(child))
    return found


def share(pid):
    """kB of PID's memory; of what it shares with others, its part (PSS)."""
    folder = pathlib.Path("/proc") / str(pid)
    try:
        return int(re.search(r"^Pss: +(\d+)", (folder / "smaps_rollup").read_text(), re.M)[1])
    except PermissionError:  # a child that reads feeds lets nobody look in but root
        found = re.search(r"^RssAnon:\s+(\d+)", (folder / "status").read_text(), re.M)
        return int(found[1]) if found else 0
    except (OSError, TypeError):
        return 0  # it has just ended


def weigh(command):
    """Runs COMMAND, and looks at it all the time. Returns its exit status, what it said on stderr, and the
    most that its processes needed together, in kB."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(share, descendants(process.pid))))
        time.sleep(PAUSE_SECONDS)
    return process.returncode, process.stderr.read(), most
