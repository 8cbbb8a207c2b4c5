/* Run-time profiles: read from perf.data, `perf script` text, callgrind and gcov files into one
 * model, stored, shown and used to rank.
 *
 * A profile has one metric ("time" in ns for samples of the CPU clock, "instructions" for
 * callgrind, "executions" for gcov) and lines with self cost, functions with self and cumulative
 * cost. Cumulative cost counts a function once per sample however often it recurses. Inlined
 * functions are functions of their own. */
#ifndef HPLINT_DB_PROFILE_H
#define HPLINT_DB_PROFILE_H

#include "db/store.h"

typedef struct ProfLine {
  char *file; /* absolute where known, else as recorded */
  uint32_t line;
  char *function; /* innermost, inlined ones included */
  double self;    /* metric */
  double hits;    /* executions of the line, -1 unknown (sampling) */
} ProfLine;
typedef struct ProfFunction {
  char *function, *file;
  uint32_t line;      /* of the definition, 0 unknown */
  char *object;       /* binary or library */
  double calls;       /* -1 unknown */
  double self, total; /* metric; total is cumulative */
} ProfFunction;
/* A call site: cost of what was called from this line, for inclusive sites. */
typedef struct ProfCall {
  char *file;
  uint32_t line;
  char *caller, *callee;
  double calls; /* -1 unknown */
  double total;
} ProfCall;
/* A sampled stack with its weight, innermost frame first: lets the union of several inclusive sites
 * be counted without counting a sample twice. Only for profiles with call chains. Frames are
 * indexes into `frames`. */
typedef struct ProfFrame {
  char *file;
  uint32_t line;
  char *function;
} ProfFrame;
typedef struct ProfStack {
  uint32_t first, count;
  double weight;
  double samples;
} ProfStack;

typedef struct Profile {
  HpArena *arena;
  const char *format;  /* "perf.data", "perf-script", "callgrind", "gcov" */
  const char *metric;  /* "time", "instructions", "executions" */
  const char *unit;    /* "ns", "instructions", "executions" */
  const char *source;  /* path imported */
  const char *command; /* what was profiled, if recorded */
  double total;        /* sum of all self cost */
  double samples;      /* number of samples, 0 for exact counts */
  double lost;         /* cost that could not be given to a source line */
  ProfLine *lines;
  uint32_t nlines, lines_cap;
  ProfFunction *functions;
  uint32_t nfunctions, functions_cap;
  ProfCall *calls;
  uint32_t ncalls, calls_cap;
  ProfFrame *frames;
  uint32_t nframes, frames_cap;
  uint32_t *stack_frames;
  uint32_t nstack_frames, stack_frames_cap;
  ProfStack *stacks;
  uint32_t nstacks, stacks_cap;
  char **warnings;
  uint32_t nwarnings; /* stale binary, lost samples: one line each */
} Profile;
void profile_free(Profile *p);

/* Reads a profile, whatever its format (told by content, not by name). For gcov PATH may be a .gcda
 * file, a JSON
 * (.gcov.json, .gcov.json.gz) or a directory with .gcda files. NULL and `err` when it is no profile
 * that we know, is empty or broken. */
Profile *profile_read(const char *path, HpError *err);

/* Stores a profile under a new id. File names are made relative to `root` where they lie in it. */
bool store_put_profile(Store *s, const Profile *p, const char *root, int64_t *id, HpError *err);
/* The newest profile, or the one asked for by id (`which` > 0). *id is 0 when there is none.
 * `label` (caller frees): "perf, 4,021 samples". */
bool store_find_profile(Store *s, int64_t which, int64_t *id, char **label, HpError *err);
bool store_delete_profile(Store *s, int64_t id, HpError *err);

/* The tables of `hplint profile show`. `by_line` false: by function (calls where known, self,
 * cumulative, file:line). True: by line (hits, time, %, text), for one function or file if `filter`
 * is not NULL. `root` is where sources are looked for. `json` instead of a table. */
typedef struct ProfileShow {
  int64_t id;
  bool by_line, json, colour;
  const char *filter, *root;
  uint32_t limit; /* rows; 0: 30 */
} ProfileShow;
bool profile_show(Store *s, const ProfileShow *how, HpBuf *out, HpError *err);

/* Hits or self cost of one source line for listings; negative when the profile says nothing. */
double store_line_hits(Store *s, int64_t profile, const char *file, uint32_t line);

#endif
