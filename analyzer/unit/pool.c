/* A pool of worker processes behind one poll loop.
 *
 * Each worker has a socket for its stdin and stdout, one request under way at most, and a deadline.
 * Whatever it does - crash, hang, print garbage, run out of memory - ends in a result for its unit,
 * and a new worker takes its place. A unit that took down a worker that had done others before is
 * tried once more in a fresh one, so that a result never depends on what came before it. */
#include "analyzer/unit/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHADOW_MEMORY 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SHADOW_MEMORY 1
#endif

enum {
  DEFAULT_SECONDS = 120,
  DEFAULT_MEGABYTES = 4096,
  MOST_JOBS = 256,
  TAIL_BYTES = 2048, /* of a worker's stderr, kept for the reason */
  TICK_MS = 100,
  POLL_MS = 200,     /* a signal may come between the look at *cancel and the wait */
  HANG_UP_MS = 2000, /* from closing its socket to its end */
  STATUS_OK = 0,     /* FrontendStatus FRONTEND_OK */
  STATUS_FAILED = 2, /* FRONTEND_FAILED */
  EXIT_NO_PROGRAM = 127,
};

typedef struct Worker {
  pid_t pid; /* 0: none */
  int socket, errors;
  bool echo;       /* its stderr is ours */
  uint32_t served; /* answers given */
  bool busy;
  uint32_t job;           /* index into the run's jobs */
  PreamblePlan *preamble; /* that it makes instead of a job, or uses for the job; NULL: none */
  bool makes;
  int64_t deadline;
  HpBuf out; /* the request, from `sent` on still to be written */
  size_t sent;
  HpBuf in; /* the answer so far */
  char tail[TAIL_BYTES];
  size_t tail_length;
} Worker;

struct Pool {
  char *program;
  int (*serve)(void);
  unsigned jobs, seconds, megabytes;
  Worker *workers;
  bool ever_answered; /* some worker did: the program is all right */
  const WorkerText *texts;
  uint32_t ntexts;
  Preambles *preambles;
  void (*tick)(void *context, const PoolState *state);
  void *tick_context;
  void (*meanwhile)(void *context);
  void *meanwhile_context;
  const char *(*message)(void *context, uint32_t index, size_t *size);
  void *message_context;
};

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the program ---------------------------------------------------------------------------- */

static bool is_program(const char *path) {
  struct stat st;
  return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

/* Beside this program, then in ../libexec. */
static char *find_program(const char *name, HpError *err) {
  char self[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n < 0) {
    hp_fail(err, "%s: cannot tell where this program is: %s", name, strerror(errno));
    return NULL;
  }
  self[n] = 0;
  char *slash = strrchr(self, '/');
  *slash = 0;
  char *beside = hp_format("%s/%s", self, name);
  if (is_program(beside))
    return beside;
  char *libexec = hp_format("%s/../libexec/%s", self, name);
  if (is_program(libexec)) {
    free(beside);
    return libexec;
  }
  hp_fail(err, "%s, which %s, is neither at %s nor at %s: install it beside hplint", name,
          strcmp(name, "hplint-unit") ? "asks clang's optimiser" : "parses the files", beside,
          libexec);
  free(beside);
  free(libexec);
  return NULL;
}

Pool *pool_start(const PoolOptions *options, HpError *err) {
  char *program = NULL;
  if (options->serve)
    program = hp_strdup("this program");
  else if (!options->program)
    program = find_program(options->name ? options->name : "hplint-unit", err);
  else if (is_program(options->program))
    program = hp_strdup(options->program);
  else
    hp_fail(err, "%s: not a program that can be run, but it is needed to parse the files",
            options->program);
  if (!program)
    return NULL;
  Pool *pool = hp_calloc(1, sizeof *pool);
  pool->program = program;
  pool->serve = options->serve;
  pool->jobs = options->jobs ? options->jobs : 1;
  if (pool->jobs > MOST_JOBS)
    pool->jobs = MOST_JOBS;
  pool->seconds = options->seconds ? options->seconds : DEFAULT_SECONDS;
  pool->megabytes = options->megabytes ? options->megabytes : DEFAULT_MEGABYTES;
  pool->tick = options->tick;
  pool->tick_context = options->tick_context;
  pool->meanwhile = options->meanwhile;
  pool->meanwhile_context = options->meanwhile_context;
  pool->message = options->message;
  pool->message_context = options->message_context;
  pool->workers = hp_calloc(pool->jobs, sizeof *pool->workers);
  return pool;
}

void pool_set_texts(Pool *pool, const WorkerText *texts, uint32_t count) {
  pool->texts = texts;
  pool->ntexts = count;
}

void pool_set_preambles(Pool *pool, Preambles *preambles) {
  pool->preambles = preambles;
}

/* ---- one worker ----------------------------------------------------------------------------- */

/* In the child: only async-signal-safe calls, unless it goes on as a worker; then there was one
 * thread. */
HP_NORETURN static void become_worker(const Pool *pool, pid_t parent, int socket, int errors) {
  /* A main program that is killed takes its workers along, whatever they are at. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(EXIT_NO_PROGRAM);
  setpgid(0, 0);      /* Ctrl-C is for the main program, which ends its workers itself */
#ifndef SHADOW_MEMORY /* AddressSanitizer reserves terabytes */
  struct rlimit limit;
  limit.rlim_cur = limit.rlim_max = (rlim_t)pool->megabytes << 20;
  setrlimit(RLIMIT_AS, &limit);
#endif
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(SIGPIPE, SIG_DFL);
  sigset_t empty;
  sigemptyset(&empty);
  sigprocmask(SIG_SETMASK, &empty, NULL);
  if (dup2(socket, 0) >= 0 && dup2(socket, 1) >= 0 && dup2(errors, 2) >= 0) {
    if (pool->serve)
      _exit(pool->serve());
    char *const argv[] = {pool->program, NULL};
    execv(pool->program, argv);
    dprintf(2, "%s\n", strerror(errno));
  }
  _exit(EXIT_NO_PROGRAM);
}

/* Descriptors 0 to 2 may be closed in our own process; ours must not take their numbers, since the
 * child's dup2 would then overwrite one with the other. */
static int above_standard(int fd) {
  if (fd < 0 || fd > 2)
    return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  close(fd);
  return moved;
}

static bool worker_start(const Pool *pool, Worker *w, HpError *err) {
  int sockets[2] = {-1, -1}, pipes[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) || pipe2(pipes, O_CLOEXEC)) {
    hp_fail(err, "cannot talk to a worker: %s", strerror(errno));
    close(sockets[0]);
    close(sockets[1]);
    return false;
  }
  for (int i = 0; i < 2; i++) {
    sockets[i] = above_standard(sockets[i]);
    pipes[i] = above_standard(pipes[i]);
  }
  pid_t parent = getpid(), pid = fork();
  if (!pid)
    become_worker(pool, parent, sockets[1], pipes[1]);
  close(sockets[1]);
  close(pipes[1]);
  if (pid < 0) {
    hp_fail(err, "cannot start %s: %s", pool->program, strerror(errno));
    close(sockets[0]);
    close(pipes[0]);
    return false;
  }
  fcntl(sockets[0], F_SETFL, O_NONBLOCK);
  fcntl(pipes[0], F_SETFL, O_NONBLOCK);
  *w = (Worker){.pid = pid, .socket = sockets[0], .errors = pipes[0], .echo = pool->serve};
  return true;
}

/* Waits for the end of a worker, ended by us at once or, when it hung up, if it does not end by
 * itself; its status. */
static int worker_reap(Worker *w, bool at_once) {
  int status = 0;
  for (int waited = 0; !at_once && waited < HANG_UP_MS; waited += 2) {
    if (waitpid(w->pid, &status, WNOHANG) == w->pid)
      return status;
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  }
  kill(w->pid, SIGKILL);
  while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
    continue;
  return status;
}

static void worker_forget(Worker *w) {
  close(w->socket);
  close(w->errors);
  hp_buf_free(&w->out);
  hp_buf_free(&w->in);
  *w = (Worker){0};
}

void pool_warm(Pool *pool, uint32_t count) {
  HpError ignored = {0}; /* who needs a worker tries again */
  for (unsigned i = 0; i < pool->jobs && i < count; i++)
    if (!pool->workers[i].pid && !worker_start(pool, &pool->workers[i], &ignored))
      return;
}

void pool_end(Pool *pool) {
  for (unsigned i = 0; pool && i < pool->jobs; i++)
    if (pool->workers[i].pid)
      kill(pool->workers[i].pid, SIGKILL);
}

void pool_stop(Pool *pool) {
  if (!pool)
    return;
  for (unsigned i = 0; i < pool->jobs; i++) {
    Worker *w = &pool->workers[i];
    if (!w->pid)
      continue;
    worker_reap(w, true); /* idle ones hold nothing that could be lost */
    worker_forget(w);
  }
  free(pool->workers);
  free(pool->program);
  free(pool);
}

/* Keeps the end of what the worker says on stderr. */
static void read_errors(Worker *w) {
  char chunk[1024];
  ssize_t n;
  while ((n = read(w->errors, chunk, sizeof chunk)) > 0) {
    size_t fresh = (size_t)n;
    if (w->echo)
      fwrite(chunk, 1, fresh, stderr);
    if (w->tail_length + fresh > TAIL_BYTES) {
      size_t drop = w->tail_length + fresh - TAIL_BYTES;
      memmove(w->tail, w->tail + drop, w->tail_length - drop);
      w->tail_length -= drop;
    }
    memcpy(w->tail + w->tail_length, chunk, fresh);
    w->tail_length += fresh;
  }
}

/* The last line that says something; "" when there is none. The caller frees. */
static char *last_words(const Worker *w) {
  size_t end = w->tail_length;
  while (end && (w->tail[end - 1] == '\n' || w->tail[end - 1] == ' '))
    end--;
  size_t start = end;
  while (start && w->tail[start - 1] != '\n')
    start--;
  char *line = hp_strndup(w->tail + start, end - start);
  HpBuf shown = {0};
  hp_buf_add_escaped(&shown, line);
  free(line);
  return hp_buf_take(&shown);
}

static bool ran_out_of_memory(const Worker *w) {
  char *tail = hp_strndup(w->tail, w->tail_length);
  bool out = strcasestr(tail, "out of memory") || strstr(tail, "bad_alloc") ||
             strcasestr(tail, "cannot allocate memory") || strstr(tail, "mmap failed");
  free(tail);
  return out;
}

/* Why a worker that ended by itself ended. */
static char *end_reason(const Pool *pool, const Worker *w, int status) {
  char *said = last_words(w);
  char *reason;
  const char *colon = *said ? ": " : "";
  if (ran_out_of_memory(w))
    reason = hp_format("ran out of memory (limit %u MB)", pool->megabytes);
  else if (WIFSIGNALED(status))
    reason = hp_format("crashed (signal %d)%s%s", WTERMSIG(status), colon, said);
  else
    reason = hp_format("the worker gave up (exit status %d)%s%s", WEXITSTATUS(status), colon, said);
  free(said);
  return reason;
}

/* ---- a run ---------------------------------------------------------------------------------- */

typedef struct Job {
  const ProjectUnit *unit;
  uint32_t index;
  int64_t size;
  PreamblePlan *preamble; /* that the unit may use; NULL: none */
  bool retried, given;
} Job;

typedef struct Run {
  Pool *pool;
  Job *jobs;            /* in the order of their starts, but for those that wait for a preamble */
  uint32_t count, next; /* next: those before it were given to workers */
  uint32_t *again;      /* jobs to try once more, a stack */
  uint32_t nagain;
  uint32_t unfinished;
  const char *unsaved;
  size_t unsaved_size;
  void (*done)(void *context, UnitResult *result);
  void *context;
  HpError *err;
  bool broken; /* workers cannot be started at all */
  int64_t started, ticked, weight, weight_done;
} Run;

/* Headers cost about as much in every unit, whatever its size. */
static int64_t job_weight(const Job *job) {
  enum { HEADERS = 50000 };
  return job->size + HEADERS;
}

static void tick(Run *run) {
  const Pool *pool = run->pool;
  int64_t now = now_ms(), first = now;
  if (!pool->tick || now - run->ticked < TICK_MS)
    return;
  run->ticked = now;
  PoolState state = {.done = run->count - run->unfinished,
                     .count = run->count,
                     .share = (double)run->weight_done / (double)run->weight,
                     .seconds = (double)(now - run->started) / 1000,
                     .slowest = UINT32_MAX};
  for (unsigned i = 0; i < pool->jobs; i++) {
    const Worker *w = &pool->workers[i];
    int64_t since = w->deadline - (int64_t)pool->seconds * 1000;
    if (w->busy && !w->makes && since <= first) {
      first = since;
      state.slowest = run->jobs[w->job].index;
    }
  }
  state.slowest_seconds = (double)(now - first) / 1000;
  pool->tick(pool->tick_context, &state);
}

static void deliver(Run *run, uint32_t job, UnitResult *result) {
  result->index = run->jobs[job].index;
  run->unfinished--;
  run->weight_done += job_weight(&run->jobs[job]);
  run->done(run->context, result);
}

static void deliver_failure(Run *run, uint32_t job, char *reason) {
  UnitResult failed = {.status = STATUS_FAILED, .reason = reason};
  deliver(run, job, &failed);
}

/* ---- what is next ---------------------------------------------------------------------------- */

/* A preamble that nobody makes yet. */
static PreamblePlan *wanted_preamble(const Run *run) {
  Preambles *all = run->pool->preambles;
  for (uint32_t i = 0; i < preambles_count(all); i++)
    if (preambles_at(all, i)->state == PREAMBLE_WANTED)
      return preambles_at(all, i);
  return NULL;
}

static bool waits(const Job *job) {
  return job->preamble && job->preamble->state < PREAMBLE_THERE;
}

/* The first job that nobody has and that waits for nothing; `count`: there is none now. */
static uint32_t next_job(Run *run) {
  while (run->next < run->count && run->jobs[run->next].given)
    run->next++;
  uint32_t i = run->next;
  while (i < run->count && (run->jobs[i].given || waits(&run->jobs[i])))
    i++;
  return i;
}

static bool more_jobs(Run *run) {
  return run->nagain || wanted_preamble(run) || next_job(run) < run->count;
}

static void choose_job(Run *run, Worker *w) {
  w->preamble = run->nagain ? NULL : wanted_preamble(run);
  w->makes = w->preamble != NULL;
  if (w->makes) {
    w->preamble->state = PREAMBLE_UNDER_WAY;
    return;
  }
  w->job = run->nagain ? run->again[--run->nagain] : next_job(run);
  HP_ASSERT(w->job < run->count);
  Job *job = &run->jobs[w->job];
  job->given = true;
  if (job->preamble && job->preamble->state == PREAMBLE_THERE && !job->retried)
    w->preamble = job->preamble;
}

static void encode_preamble(const PreamblePlan *plan, HpBuf *out) {
  WorkerRequest r = {.unsaved = plan->text,
                     .unsaved_size = strlen(plan->text),
                     .preamble = plan->path,
                     .make_preamble = true};
  worker_request_encode(out, &plan->unit, &r);
}

static void encode_job(const Run *run, const Worker *w, HpBuf *out) {
  const Pool *pool = run->pool;
  WorkerRequest r = {.unsaved = (char *)(uintptr_t)run->unsaved,
                     .unsaved_size = run->unsaved_size,
                     .texts = (WorkerText *)(uintptr_t)pool->texts,
                     .ntexts = pool->ntexts,
                     .preamble = w->preamble ? w->preamble->path : NULL};
  const Job *job = &run->jobs[w->job];
  if (pool->message)
    r.unsaved =
        (char *)(uintptr_t)pool->message(pool->message_context, job->index, &r.unsaved_size);
  worker_request_encode(out, job->unit, &r);
}

static void give_job(Run *run, Worker *w) {
  choose_job(run, w);
  w->busy = true;
  w->deadline = now_ms() + (int64_t)run->pool->seconds * 1000;
  w->sent = 0;
  w->tail_length = 0;
  hp_buf_clear(&w->in);
  hp_buf_clear(&w->out);
  HpBuf request = {0};
  if (w->preamble && w->makes)
    encode_preamble(w->preamble, &request);
  else
    encode_job(run, w, &request);
  message_frame(&w->out, request.text, request.length);
  hp_buf_free(&request);
}

/* The program is there but never worked: a library is missing, or it is built for another machine.
 * No unit is to blame. */
static bool program_is_broken(Run *run, const Worker *w, int status) {
  if (run->pool->ever_answered || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_NO_PROGRAM)
    return false;
  char *said = last_words(w);
  hp_fail(run->err, "%s cannot be run: %s", run->pool->program, *said ? said : "no reason given");
  free(said);
  run->broken = true;
  return true;
}

/* The worker is gone or has to go; `reason` NULL: its end says why. `final`: another try would end
 * the same way. Another try is one without a preamble. */
static void lose_worker(Run *run, Worker *w, char *reason, bool final) {
  int status = worker_reap(w, reason != NULL);
  read_errors(w);
  uint32_t job = w->job;
  if (!reason && program_is_broken(run, w, status)) {
    worker_forget(w);
    return;
  }
  if (w->makes) { /* its units do without */
    w->preamble->state = PREAMBLE_REFUSED;
    free(reason);
    worker_forget(w);
    return;
  }
  if (!reason)
    reason = end_reason(run->pool, w, status);
  bool try_again = !final && (w->served || w->preamble) && !run->jobs[job].retried;
  worker_forget(w);
  if (try_again) {
    run->jobs[job].retried = true;
    run->again[run->nagain++] = job;
    free(reason);
  } else {
    deliver_failure(run, job, reason);
  }
}

static void write_request(Worker *w) {
  while (w->sent < w->out.length) {
    ssize_t n = send(w->socket, w->out.text + w->sent, w->out.length - w->sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return; /* full, or gone: then reading tells */
    w->sent += (size_t)n;
  }
}

/* Length of the answer once its head is there, else SIZE_MAX. */
static size_t answer_length(const Worker *w) {
  if (w->in.length < 4)
    return SIZE_MAX;
  const unsigned char *b = (const unsigned char *)w->in.text;
  return (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
}

static void take_answer(Run *run, Worker *w) {
  UnitResult result;
  HpError bad = {0};
  if (!worker_decode_frame(&w->in, &result, &bad)) {
    lose_worker(run, w, hp_strdup(bad.text), false);
    return;
  }
  read_errors(w);
  w->busy = false;
  w->served++;
  run->pool->ever_answered = true;
  hp_buf_free(&w->in);
  if (w->makes) {
    w->preamble->state = result.status == STATUS_OK ? PREAMBLE_THERE : PREAMBLE_REFUSED;
    unit_result_free(&result);
  } else {
    deliver(run, w->job, &result);
  }
}

static void read_answer(Run *run, Worker *w) {
  enum { CHUNK = 64 << 10, MOST_AHEAD = 64 << 20 }; /* the length may be garbage */
  for (;;) {
    size_t all = answer_length(w), room = CHUNK;
    if (all <= MESSAGE_LIMIT && all + 4 > w->in.length)
      room = all + 4 - w->in.length;
    hp_buf_reserve(&w->in, room < MOST_AHEAD ? room : MOST_AHEAD);
    ssize_t n = recv(w->socket, w->in.text + w->in.length, w->in.cap - 1 - w->in.length, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return;
    if (n <= 0) {
      lose_worker(run, w, NULL, false);
      return;
    }
    w->in.length += (size_t)n;
    w->in.text[w->in.length] = 0;
    size_t length = answer_length(w);
    if (length == SIZE_MAX || (length <= MESSAGE_LIMIT && w->in.length < length + 4))
      continue;
    if (w->in.length == length + 4)
      take_answer(run, w);
    else
      lose_worker(run, w, hp_strdup("the worker's answer is garbage"), false);
    return;
  }
}

/* False when there is no worker at all; with some, they do the work of those that did not start. */
static bool fill_workers(Run *run) {
  Pool *pool = run->pool;
  bool any = false;
  HpError failure = {0};
  for (unsigned i = 0; i < pool->jobs; i++) {
    Worker *w = &pool->workers[i];
    if (!w->busy && more_jobs(run) && (w->pid || worker_start(pool, w, &failure))) {
      give_job(run, w);
      write_request(w);
    }
    any |= w->busy;
  }
  if (any)
    return true;
  run->broken = true;
  return hp_fail(run->err, "%s", failure.text);
}

/* Waits until a busy worker has something to say, a deadline passes or some time is over. */
static void wait_for_workers(Run *run) {
  Pool *pool = run->pool;
  struct pollfd fds[2 * MOST_JOBS];
  Worker *owner[2 * MOST_JOBS];
  nfds_t n = 0;
  for (unsigned i = 0; i < pool->jobs; i++) {
    Worker *w = &pool->workers[i];
    if (!w->busy)
      continue;
    short events = (short)(POLLIN | (w->sent < w->out.length ? POLLOUT : 0));
    owner[n] = w;
    fds[n++] = (struct pollfd){w->errors, POLLIN, 0};
    owner[n] = w;
    fds[n++] = (struct pollfd){w->socket, events, 0};
  }
  if (poll(fds, n, POLL_MS) <= 0)
    return;
  for (nfds_t i = 0; i < n && !run->broken; i++) {
    if (!fds[i].revents || !owner[i]->busy)
      continue;
    if (fds[i].fd == owner[i]->errors) {
      read_errors(owner[i]);
      continue;
    }
    write_request(owner[i]);
    if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
      read_answer(run, owner[i]);
  }
}

static void end_late_workers(Run *run) {
  Pool *pool = run->pool;
  int64_t now = now_ms();
  for (unsigned i = 0; i < pool->jobs; i++) {
    Worker *w = &pool->workers[i];
    if (w->busy && now >= w->deadline)
      lose_worker(run, w, hp_format("took more than %u s", pool->seconds), true);
  }
}

/* What was under way is given up. */
static void end_busy_workers(Pool *pool) {
  for (unsigned i = 0; i < pool->jobs; i++) {
    Worker *w = &pool->workers[i];
    if (!w->busy)
      continue;
    worker_reap(w, true);
    worker_forget(w);
  }
}

static bool run_jobs(Run *run, const volatile int *cancel) {
  bool called = false;
  run->again = hp_calloc(run->count, sizeof *run->again);
  run->unfinished = run->count;
  run->started = now_ms();
  for (uint32_t i = 0; i < run->count; i++)
    run->weight += job_weight(&run->jobs[i]);
  while (run->unfinished && !run->broken && !(cancel && *cancel)) {
    if (!fill_workers(run))
      break;
    if (!called && run->pool->meanwhile) /* before the wait: the first answer may take long */
      run->pool->meanwhile(run->pool->meanwhile_context);
    called = true;
    tick(run);
    wait_for_workers(run);
    end_late_workers(run);
  }
  run->ticked = 0;
  tick(run);
  end_busy_workers(run->pool);
  free(run->again);
  return !run->broken;
}

/* The biggest file first: the longest job must not be the last to start. */
static int by_size(const void *a, const void *b) {
  const Job *x = a, *y = b;
  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

bool pool_run(Pool *pool, const Project *p, const uint32_t *indexes, uint32_t count,
              void (*done)(void *context, UnitResult *result), void *context,
              const volatile int *cancel, HpError *err) {
  Job *jobs = hp_calloc(count, sizeof *jobs);
  for (uint32_t i = 0; i < count; i++) {
    const ProjectUnit *unit = &p->units[indexes[i]];
    struct stat st;
    jobs[i] = (Job){.unit = unit,
                    .index = indexes[i],
                    .size = stat(unit->file, &st) ? 0 : (int64_t)st.st_size,
                    .preamble = preambles_of(pool->preambles, i)};
  }
  if (count)
    qsort(jobs, count, sizeof *jobs, by_size);
  Run run = {
      .pool = pool, .jobs = jobs, .count = count, .done = done, .context = context, .err = err};
  bool ok = run_jobs(&run, cancel);
  free(jobs);
  return ok;
}

static void keep_result(void *context, UnitResult *result) {
  *(UnitResult *)context = *result;
}

bool pool_run_one(Pool *pool, const ProjectUnit *unit, const char *unsaved, size_t unsaved_size,
                  UnitResult *out, HpError *err) {
  *out = (UnitResult){0};
  Job job = {.unit = unit, .preamble = preambles_of(pool->preambles, 0)};
  Run run = {.pool = pool,
             .jobs = &job,
             .count = 1,
             .unsaved = unsaved,
             .unsaved_size = unsaved_size,
             .done = keep_result,
             .context = out,
             .err = err};
  return run_jobs(&run, NULL);
}
