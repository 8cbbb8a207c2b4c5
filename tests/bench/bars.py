"""The bars: one function each, from the context of the run to a Result, or None where what it needs was not
fetched. All work in copies of the projects, so that a corpus stays as it is."""
import statistics
import subprocess
import sys

import frontend
import rows
from measure import measured
from project import Project, syntax_command


class Result:
    """`value` is within `limit`, both as they are printed by `form`; `note`: what else was seen."""

    def __init__(self, name, value, limit, form, note=""):
        self.name, self.note = name, note
        self.met = value <= limit
        self.value, self.limit = form.format(value), form.format(limit)


def median(costs, key="wall"):
    return statistics.median(getattr(cost, key) for cost in costs)


def alternate(rounds, *works):
    """Costs of each work, which is run after its preparation; they take turns."""
    costs = [[] for _ in works]
    for _ in range(rounds):
        for mine, (prepare, run) in zip(costs, works):
            prepare()
            mine.append(measured(run))
    return costs


def nothing():
    pass


# ---- cold ------------------------------------------------------------------------------------------------------------

def cold(context, name, project, limit):
    ours, clang = alternate(context.rounds, (lambda: rows.forget(project), lambda: rows.hplint(project)),
                            (nothing, lambda: rows.syntax(project)))
    ratios = {key: statistics.median(getattr(a, key) / getattr(b, key) for a, b in zip(ours, clang))
              for key in ("wall", "cpu")}
    return Result(name, ratios["wall"], limit, "{:.2f}",
                  f"{median(ours):.2f} s / {median(clang):.2f} s; CPU {ratios['cpu']:.2f}, "
                  f"{median(ours, 'cpu'):.2f} s / {median(clang, 'cpu'):.2f} s")


def cold_redis(context):
    return cold(context, "cold, redis: wall / syntax check", context.project("redis"), 0.9)


def asks(project):
    return rows.hplint(project, evidence=True)


def cold_evidence(context):
    """With clang's optimiser asked about the findings that are shown."""
    project = context.project("redis")
    ours, clang = alternate(context.rounds, (lambda: rows.forget(project), lambda: asks(project)),
                            (nothing, lambda: rows.syntax(project)))
    counted = subprocess.run([rows.HPLINT, "db", "SELECT count(*) AS n FROM evidence"], cwd=project.folder,
                             capture_output=True, text=True, check=True).stdout
    answers = int("".join(c for c in counted if c.isdigit()) or 0)
    if not answers:
        sys.exit("bench: nothing was asked of the optimiser")
    ratio = statistics.median(a.wall / b.wall for a, b in zip(ours, clang))
    return Result("cold with evidence, redis: wall / syntax check", ratio, 2.5, "{:.2f}",
                  f"{median(ours):.2f} s / {median(clang):.2f} s; {answers} findings asked about")


def warm_evidence(context):
    project = context.project("redis")
    lints(project, evidence=True)
    costs, = alternate(context.rounds, (nothing, lambda: asks(project)))
    return Result("warm with evidence, redis: ms", 1000 * median(costs), 50, "{:.0f}",
                  f"CPU {1000 * median(costs, 'cpu'):.0f} ms")


def cold_sqlite3(context):
    project = context.project("sqlite3").only("sqlite3.c")
    return cold(context, "cold, sqlite3.c alone: wall / syntax check", project, 1.15)


def cold_gsl(context):
    if not Project.fetched("gsl"):
        return None
    return cold(context, "cold, gsl: wall / syntax check", context.project("gsl"), 0.9)


# ---- again -----------------------------------------------------------------------------------------------------------

def lints(project, evidence=False):
    ok = rows.hplint(project, evidence=evidence)()
    if ok is not True:
        sys.exit(f"bench: a run failed: {ok}")


def starts_no_worker(project):
    trace = project.folder / "trace"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=execve", "-o", trace, rows.HPLINT, "--exit-zero", "-p",
                    project.folder, *project.paths], cwd=project.folder, stdout=subprocess.DEVNULL, check=True)
    if "hplint-unit" in trace.read_text():
        sys.exit("bench: a warm run started a worker")


def warm_redis(context):
    project = context.project("redis")
    lints(project)
    starts_no_worker(project)
    costs, = alternate(context.rounds, (nothing, lambda: rows.warm(project)))
    return Result("warm, redis: ms", 1000 * median(costs), 50, "{:.0f}",
                  f"CPU {1000 * median(costs, 'cpu'):.0f} ms, {max(c.peak_mib for c in costs):.0f} MiB; "
                  "no process that loads libclang")


def edited(context):
    project = context.project("redis")
    path = next(path for path in project.units if path.endswith("/src/t_hash.c"))
    single = project.only("t_hash.c")
    with open(path, "rb") as file:
        original = file.read()
    body = b"int start, int end) {\n"
    if body not in original:
        return None
    edits = iter(range(1000, 1 << 30))

    def edit_code():  # a statement more, which no edit before had
        with open(path, "wb") as file:
            file.write(original.replace(body, body + b"    if (start == %d) return;\n" % next(edits), 1))

    def edit_comment():  # of the text as the edit of code has left it
        with open(path, "ab") as file:
            file.write(b"/* edit %d */\n" % next(edits))

    lints(project)
    # A tenth of a second each: three of them would say little.
    ours, comments, clang = alternate(max(context.rounds, 9), (edit_code, lambda: rows.hplint(project, parsed=1)),
                                      (edit_comment, lambda: rows.hplint(project, parsed=1)),
                                      (nothing, lambda: rows.syntax(single)))
    limit = 1300 * median(clang) + 50
    return Result("one file of redis edited: ms", 1000 * median(ours), limit, "{:.0f}",
                  f"CPU {1000 * median(ours, 'cpu'):.0f} ms; a comment at its end {1000 * median(comments):.0f} ms; its "
                  f"syntax check {1000 * median(clang):.0f} ms, the bar is 1.3 times that and 50")


# ---- commands --------------------------------------------------------------------------------------------------------

def command_ms(context, name, words, folder=None):
    def run():
        done = subprocess.run([rows.HPLINT, *words], cwd=folder, capture_output=True)
        return True if done.returncode == 0 else done.stderr.decode()
    costs, = alternate(max(context.rounds, 9), (nothing, run))
    return Result(f"{name}: ms", 1000 * median(costs), 5, "{:.1f}", f"CPU {1000 * median(costs, 'cpu'):.1f} ms")


def explain(context):
    return command_ms(context, "hplint --explain HP201", ["--explain", "HP201"])


def version(context):
    return command_ms(context, "hplint --version", ["--version"])


def query(context):
    project = context.project("redis")
    lints(project)
    return command_ms(context, "hplint db, a query of redis' store",
                      ["db", "SELECT count(*) FROM finding"], project.folder)


# ---- memory and size -------------------------------------------------------------------------------------------------

def worker_memory(context):
    """The worst of a large unit and a usual one."""
    worst, notes = 0, []
    for name, file in (("sqlite3", "sqlite3.c"), ("redis", "server.c")):
        (path, entry), = context.project(name).only(file).units.items()
        ours, clang = alternate(1, *((nothing, lambda command=command: context.run(command, entry["directory"]))
                                     for command in (context.unit_command(path, entry), syntax_command(path, entry))))
        ratio = ours[0].peak_mib / clang[0].peak_mib
        worst = max(worst, ratio)
        notes.append(f"{file} {ours[0].peak_mib:.0f} / {clang[0].peak_mib:.0f} MiB")
    return Result("peak memory: worker / clang, same unit", worst, 1.3, "{:.2f}", ", ".join(notes))


def database(context):
    """The text analysed is every file read once, but those of the system."""
    project = context.project("redis")
    lints(project)
    store = project.folder / ".hplint"
    stored = sum(file.stat().st_size for file in store.glob("hplint.db*"))
    beside = sum(file.stat().st_size for file in store.glob("preambles/*"))
    sizes = subprocess.run([rows.HPLINT, "db", "SELECT sum(size) AS bytes FROM (SELECT path, max(size) AS size FROM file "
                            "WHERE path NOT LIKE '/usr/%' GROUP BY path)"],
                           cwd=project.folder, capture_output=True, text=True, check=True)
    text = int("".join(c if c.isdigit() else " " for c in sizes.stdout).split()[-1])
    return Result("database / source text, redis", stored / text, 0.5, "{:.0%}",
                  f"{stored / 2**20:.1f} / {text / 2**20:.1f} MiB; preambles beside it {beside / 2**20:.1f} MiB")


def lowering(context):
    units = context.stats("redis") + context.stats("sqlite3")
    return frontend.ratio(Result, units, "redis and sqlite3")


def ir_memory(context):
    units = context.stats("redis") + context.stats("sqlite3")
    worst = max((u["unit_bytes"] / u["parser_bytes"] for u in units if u["parser_bytes"] >= frontend.SMALL), default=0)
    return Result("IR / libclang's memory, worst unit", worst, 0.25, "{:.1%}",
                  "redis and sqlite3, units of 1 MiB up")


BARS = [cold_redis, cold_evidence, warm_evidence, cold_sqlite3, cold_gsl, warm_redis, edited, explain, version, query, worker_memory, database,
        lowering, ir_memory]
