/* clang as a child: unoptimised bitcode of one unit through a pipe. Its arguments are the unit's
 * allowed flags and ours; no file is written. */
#include "analyzer/witness/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 8, WORDS_LIMIT = 16384 };

/* ---- level ----------------------------------------------------------------------------------- */

const char *level_name(Level level) {
  static const char *const names[] = {"O2", "O3", "Os", "Oz"};
  return names[level];
}

/* The last one counts; below -O2 (and without any) it is -O2. */
Level level_of(char *const *args, uint32_t nargs) {
  Level level = LEVEL_2;
  for (uint32_t i = 0; i < nargs; i++) {
    if (strncmp(args[i], "-O", 2))
      continue;
    const char *value = args[i] + 2;
    level = !strcmp(value, "3") || !strcmp(value, "4") || !strcmp(value, "fast") ? LEVEL_3
            : !strcmp(value, "s")                                                ? LEVEL_S
            : !strcmp(value, "z")                                                ? LEVEL_Z
                                                                                 : LEVEL_2;
  }
  return level;
}

/* ---- running it ------------------------------------------------------------------------------ */

HP_NORETURN static void become_clang(const char *program, char *const *argv, const char *directory,
                                     int output, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(output, 1) >= 0 && dup2(errors, 2) >= 0) {
    if (!chdir(directory))
      execv(program, argv);
    dprintf(2, "%s: %s\n", directory, strerror(errno));
  }
  _exit(127);
}

/* Both streams until they end; of what it says only the beginning is kept. */
static void drain(int output, int errors, HpBuf *bitcode, HpBuf *words) {
  struct pollfd fds[2] = {{output, POLLIN, 0}, {errors, POLLIN, 0}};
  HpBuf *to[2] = {bitcode, words};
  for (int open = 2; open;) {
    if (poll(fds, 2, -1) < 0)
      continue;
    for (int i = 0; i < 2; i++) {
      char chunk[65536];
      ssize_t n = fds[i].revents ? read(fds[i].fd, chunk, sizeof chunk) : -1;
      if (n > 0 && (i == 0 || words->length < WORDS_LIMIT))
        hp_buf_addn(to[i], chunk, (size_t)n);
      if (n == 0) {
        fds[i].fd = -1;
        open--;
      }
    }
  }
}

static bool run_clang(const char *program, char *const *argv, const char *directory, HpBuf *bitcode,
                      HpBuf *words) {
  int output[2], errors[2];
  if (pipe2(output, O_CLOEXEC))
    return false;
  if (pipe2(errors, O_CLOEXEC)) {
    close(output[0]);
    close(output[1]);
    return false;
  }
  pid_t pid = fork();
  if (!pid)
    become_clang(program, argv, directory, output[1], errors[1]);
  close(output[1]);
  close(errors[1]);
  int status = -1;
  if (pid > 0) {
    drain(output[0], errors[0], bitcode, words);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
      continue;
  }
  close(output[0]);
  close(errors[0]);
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && bitcode->length;
}

/* ---- flags ----------------------------------------------------------------------------------- */

typedef struct Argv {
  char **items;
  uint32_t count, cap;
} Argv;

static void add(Argv *a, const char *word) {
  HP_GROW(a->items, a->count, a->cap);
  a->items[a->count++] = word ? hp_strdup(word) : NULL;
}

static void argv_free(Argv *a) {
  for (uint32_t i = 0; i < a->count; i++)
    free(a->items[i]);
  free((void *)a->items);
}

/* As the front end has it, OpenMP's regions are plain code. The last -O says what code is for;
 * -gline-tables-only keeps columns and costs no optimisation. */
static void make_argv(Argv *a, const char *program, const char *file, char *const *args,
                      uint32_t nargs, Level level) {
  static const char *const ours[] = {"-gline-tables-only",
                                     "-w",
                                     "-Xclang",
                                     "-disable-llvm-passes",
                                     "-fno-color-diagnostics",
                                     "-ferror-limit=1",
                                     "-emit-llvm",
                                     "-c",
                                     "-o",
                                     "-"};
  add(a, program);
  for (uint32_t i = 0; i < nargs; i++)
    add(a, strncmp(args[i], "-fopenmp", strlen("-fopenmp")) ? args[i] : "-D_OPENMP=202011");
  char *optimise = hp_format("-%s", level_name(level));
  bool fast = false;
  for (uint32_t i = 0; i < nargs; i++)
    if (!strncmp(args[i], "-O", 2))
      fast = !strcmp(args[i], "-Ofast");
  if (!fast) /* which is -O3 and more */
    add(a, optimise);
  free(optimise);
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    add(a, ours[i]);
  add(a, file);
  add(a, NULL);
}

/* "error: unknown argument: '-fx'": the flag is taken out; false when nothing of the kind is said.
 */
static bool drop_unknown(Argv *a, const char *words) {
  static const char *const phrases[] = {"unknown argument: '", "unsupported option '",
                                        "unknown argument '", "unsupported argument '"};
  for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
    const char *at = strstr(words, phrases[i]);
    if (!at)
      continue;
    at += strlen(phrases[i]);
    size_t length = strcspn(at, "'\n");
    for (uint32_t k = 1; k + 1 < a->count; k++)
      if (strlen(a->items[k]) == length && !strncmp(a->items[k], at, length)) {
        free(a->items[k]);
        memmove((void *)&a->items[k], (void *)&a->items[k + 1],
                (a->count - k - 1) * sizeof *a->items);
        a->count--;
        return true;
      }
  }
  return false;
}

/* The first error, without place and colour. */
static char *first_error(const char *words) {
  const char *error = strstr(words, "error: ");
  const char *at = error ? error + strlen("error: ") : words;
  return *at ? hp_format("clang cannot compile it: %.*s", (int)strcspn(at, "\n"), at)
             : hp_strdup("clang cannot compile it");
}

bool compile_unit(const char *file, const char *directory, char *const *args, uint32_t nargs,
                  Level level, HpBuf *bitcode, char **why) {
  char *program = evidence_find_clang();
  if (!program) {
    *why = hp_strdup(EVIDENCE_CLANG " is not installed");
    return false;
  }
  Argv argv = {0};
  make_argv(&argv, program, file, args, nargs, level);
  HpBuf words = {0};
  bool ok = false, again = true;
  for (int i = 0; i < TRIES && !ok && again; i++) {
    hp_buf_clear(bitcode);
    hp_buf_clear(&words);
    ok = run_clang(program, argv.items, directory, bitcode, &words);
    again = !ok && drop_unknown(&argv, hp_buf_text(&words));
  }
  if (!ok)
    *why = first_error(hp_buf_text(&words));
  hp_buf_free(&words);
  argv_free(&argv);
  free(program);
  return ok;
}
