/* Recording with perf, or with callgrind when asked.
 *
 * Call chains come from unwind information (--call-graph dwarf). Frame pointers would make smaller
 * files, but compilers leave them out at -O2: on such a program 7 of 1,000 chains reached main,
 * with dwarf all did, at 5 to 15% of run time. The price is 8.5 KB a sample, so --no-callgraph is
 * there for long runs.
 *
 * Whether perf can work is found out before the command is started: it must not run twice. */
#include "analyzer/cli/record.h"

#include "db/profile_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { FREQUENCY_DEFAULT = 999, ARGS_BEFORE = 20 };

/* ---- can it work? --------------------------------------------------------------------------- */

/* The first program of this name in PATH, but never in the current folder; heap or NULL. */
static char *find_program(const char *name) {
  const char *path = getenv("PATH");
  char *copy = hp_strdup(path && *path ? path : "/usr/bin:/bin"), *found = NULL;
  for (char *rest = copy, *dir; !found && (dir = strsep(&rest, ":"));) {
    char *candidate = hp_format("%s/%s", dir, name);
    if (*dir == '/' && !access(candidate, X_OK))
      found = candidate;
    else
      free(candidate);
  }
  free(copy);
  return found;
}

static int paranoid_level(void) {
  FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
  int level = 2;
  if (f && fscanf(f, "%d", &level) != 1)
    level = 2;
  if (f)
    fclose(f);
  return level;
}

#define INSTEAD                                                                                    \
  "; `hplint record --callgrind -- COMMAND` works without perf, but some 50 times slower"

/* Asks the kernel itself, for an event like the one perf will open. */
static bool kernel_allows(HpError *err) {
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
                                 .size = sizeof attr,
                                 .config = PERF_COUNT_SW_CPU_CLOCK,
                                 .sample_period = 1000000,
                                 .disabled = 1,
                                 .exclude_kernel = 1,
                                 .exclude_hv = 1};
  long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd >= 0) {
    close((int)fd);
    return true;
  }
  if (errno == ENOSYS)
    return hp_fail(err, "perf cannot record here: the kernel or the container has no perf events%s",
                   INSTEAD);
  if ((errno == EACCES || errno == EPERM) && paranoid_level() > 2)
    return hp_fail(err,
                   "perf cannot record here: /proc/sys/kernel/perf_event_paranoid is %d, it takes "
                   "2 or less%s",
                   paranoid_level(), INSTEAD);
  return hp_fail(err, "perf cannot record here: %s (a container may forbid perf events)%s",
                 strerror(errno), INSTEAD);
}

static pid_t start(char *const *argv, bool silent, HpError *err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (silent) {
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  }
  /* We ignore the terminal's signals while waiting; the command must not. */
  posix_spawnattr_t attr;
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGQUIT);
  posix_spawnattr_init(&attr);
  posix_spawnattr_setsigdefault(&attr, &defaults);
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  int failed = posix_spawn(&pid, argv[0], &actions, &attr, argv, environ);
  posix_spawnattr_destroy(&attr);
  posix_spawn_file_actions_destroy(&actions);
  if (failed) {
    hp_fail(err, "cannot run %s: %s", argv[0], strerror(failed));
    return -1;
  }
  return pid;
}

static int wait_for(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return 127;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Some systems install a `perf` that only says which package to install. */
static bool perf_runs(char *perf, HpError *err) {
  char *argv[] = {perf, (char *)"--version", NULL};
  pid_t pid = start(argv, true, err);
  if (pid < 0)
    return false;
  return wait_for(pid) == 0 || hp_fail(err,
                                       "%s does not run here: install the perf of this "
                                       "kernel%s",
                                       perf, INSTEAD);
}

static char *usable_perf(HpError *err) {
  char *perf = find_program("perf");
  if (!perf) {
    hp_fail(err, "perf is not installed (package linux-perf or linux-tools)%s", INSTEAD);
    return NULL;
  }
  if (kernel_allows(err) && perf_runs(perf, err))
    return perf;
  free(perf);
  return NULL;
}

/* ---- recording ------------------------------------------------------------------------------ */

typedef struct Recording {
  char *file; /* where the profiler writes */
  char *dir;  /* of our own, to be removed; NULL with --output */
  double seconds;
  pid_t pid;
  int status;
} Recording;

/* A folder beside the store, which has room and is ignored by version control. */
static bool make_place(const RecordOptions *o, Recording *r, HpError *err) {
  if (o->output) {
    r->file = hp_strdup(o->output);
    return true;
  }
  const char *store = store_path(o->store), *slash = strrchr(store, '/'), *tmp = getenv("TMPDIR");
  if (slash)
    r->dir = hp_format("%.*s/record-XXXXXX", (int)(slash - store), store);
  else
    r->dir = hp_format("%s/hplint-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (!mkdtemp(r->dir)) {
    hp_fail(err, "%s: cannot make a folder for the recording: %s", r->dir, strerror(errno));
    free(r->dir);
    r->dir = NULL;
    return false;
  }
  r->file = hp_format("%s/profile", r->dir);
  return true;
}

/* Forked processes leave files of their own. */
static void remove_place(Recording *r) {
  DIR *d = r->dir ? opendir(r->dir) : NULL;
  for (struct dirent *e; d && (e = readdir(d));)
    if (e->d_name[0] != '.')
      unlinkat(dirfd(d), e->d_name, 0);
  if (d)
    closedir(d);
  if (r->dir)
    rmdir(r->dir);
  free(r->dir);
  free(r->file);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The profiler's arguments before the command's. */
static uint32_t perf_args(char **argv, const char *perf, const char *frequency,
                          const RecordOptions *o, const Recording *r) {
  uint32_t n = 0;
  const char *const fixed[] = {perf, "record",  "-q", "--no-bpf-event", "-e", "cpu-clock",
                               "-F", frequency, "-o", r->file};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    argv[n++] = (char *)fixed[i];
  if (!o->no_callgraph) {
    argv[n++] = (char *)"--call-graph";
    argv[n++] = (char *)"dwarf";
  }
  argv[n++] = (char *)"--";
  return n;
}

static uint32_t callgrind_args(char **argv, const char *valgrind, const char *out_file) {
  uint32_t n = 0;
  const char *const fixed[] = {valgrind,           "--tool=callgrind", "-q",
                               "--dump-instr=yes", out_file,           "--"};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    argv[n++] = (char *)fixed[i];
  return n;
}

/* Runs the whole command line; Ctrl-C reaches the profiler, which ends the command and writes. */
static bool run(char *const *argv, Recording *r, HpError *err) {
  struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
  sigaction(SIGINT, &ignore, &old_int);
  sigaction(SIGQUIT, &ignore, &old_quit);
  double begin = now();
  pid_t pid = start(argv, false, err);
  if (pid >= 0)
    r->status = wait_for(pid);
  r->pid = pid;
  r->seconds = now() - begin;
  sigaction(SIGINT, &old_int, NULL);
  sigaction(SIGQUIT, &old_quit, NULL);
  return pid >= 0;
}

/* Every process writes a file of its own. In file names valgrind expands %. */
static char *callgrind_file(const Recording *r) {
  HpBuf arg = {0};
  hp_buf_add(&arg, "--callgrind-out-file=");
  for (const char *c = r->file; *c; c++)
    hp_buf_add(&arg, *c == '%' ? "%%" : (char[]){*c, 0});
  hp_buf_add(&arg, ".%p");
  return hp_buf_take(&arg);
}

static bool record(char *const *command, const RecordOptions *o, char *program, Recording *r,
                   HpError *err) {
  uint32_t ncommand = 0;
  while (command[ncommand])
    ncommand++;
  char frequency[16];
  snprintf(frequency, sizeof frequency, "%u", o->frequency ? o->frequency : FREQUENCY_DEFAULT);
  char *out_file = callgrind_file(r);
  char **argv = hp_calloc(ARGS_BEFORE + ncommand + 1, sizeof *argv);
  uint32_t n = o->callgrind ? callgrind_args(argv, program, out_file)
                            : perf_args(argv, program, frequency, o, r);
  memcpy(argv + n, command, ncommand * sizeof *argv);
  bool ok = run(argv, r, err);
  free(argv);
  free(out_file);
  if (ok && o->callgrind) { /* the command's own file, not that of a process it forked */
    char *mine = hp_format("%s.%lld", r->file, (long long)r->pid);
    rename(mine, r->file);
    free(mine);
  }
  return ok;
}

/* ---- the result ----------------------------------------------------------------------------- */

static void summary(const Profile *p, const Recording *r, int64_t id) {
  HpBuf out = {0};
  TextScale scale = text_scale(p->unit, p->total);
  hp_buf_add(&out, "hplint: ");
  if (p->samples > 0) {
    text_count(&out, p->samples);
    hp_buf_add(&out, p->samples == 1 ? " sample, " : " samples, ");
  }
  text_cost(&out, &scale, p->total);
  hp_buf_addf(&out, " %s%s in %.1f s; stored as profile %lld\n", scale.unit,
              p->samples > 0 ? " of CPU time" : "", r->seconds, (long long)id);
  const ProfFunction *top = p->nfunctions ? &p->functions[0] : NULL;
  if (top && p->total > 0) {
    hp_buf_addf(&out, "hplint: most in ");
    hp_buf_add_escaped(&out, top->function);
    if (top->file) {
      hp_buf_add(&out, " (");
      hp_buf_add_escaped(&out, top->file);
      if (top->line)
        hp_buf_addf(&out, ":%u", top->line);
      hp_buf_addc(&out, ')');
    }
    hp_buf_addf(&out, ": %.1f%% itself, %.1f%% with what it calls; see `hplint profile show`\n",
                100 * top->self / p->total, 100 * top->total / p->total);
  }
  fputs(hp_buf_text(&out), stderr);
  hp_buf_free(&out);
}

static bool import(const RecordOptions *o, const Recording *r, HpError *err) {
  HpError why = {0};
  Profile *p = profile_read(r->file, &why);
  if (!p && access(r->file, F_OK))
    return hp_fail(err, "nothing was recorded: the profiler wrote no file (its exit status is %d)",
                   r->status);
  if (!p) { /* the command ran, and its exit status is what a script waits for */
    fprintf(stderr, "hplint: warning: nothing was recorded: %s\n", why.text);
    return true;
  }
  if (!o->output)
    p->source = o->callgrind ? "hplint record --callgrind" : "hplint record";
  int64_t id;
  bool ok = store_put_profile(o->store, p, o->root, &id, err);
  for (uint32_t i = 0; ok && !o->quiet && i < p->nwarnings; i++)
    fprintf(stderr, "hplint: warning: %s\n", p->warnings[i]);
  if (ok && !o->quiet)
    summary(p, r, id);
  profile_free(p);
  return ok;
}

/* Said here, since profilers say it in many words. */
static bool command_exists(const char *name, HpError *err) {
  if (strchr(name, '/'))
    return !access(name, X_OK) || hp_fail(err, "%s: %s", name, strerror(errno));
  char *program = find_program(name);
  free(program);
  return program || hp_fail(err, "%s: command not found", name);
}

int record_command(char *const *command, const RecordOptions *o, HpError *err) {
  if (!command || !command[0]) {
    hp_fail(err, "nothing to record: hplint record -- COMMAND");
    return -1;
  }
  if (!command_exists(command[0], err))
    return -1;
  char *program = o->callgrind ? find_program("valgrind") : usable_perf(err);
  if (!program) {
    if (o->callgrind)
      hp_fail(err, "valgrind is not installed");
    return -1;
  }
  Recording r = {0};
  bool ok = make_place(o, &r, err) && record(command, o, program, &r, err) && import(o, &r, err);
  free(program);
  remove_place(&r);
  return ok ? r.status : -1;
}
