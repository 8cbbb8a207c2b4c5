/* What a profile says of the cost sites of a group of findings: the cost of their union, so that no
 * sample counts twice.
 *
 * A site is a range of lines; an inclusive one counts what its calls cost too.
 * - With sampled stacks: the stacks whose innermost frame lies on a site, or any of whose frames
 *   lies on an inclusive one. Exact. A finding about allocations counts of the latter those that an
 *   allocator is in, further in than the site: what the called function does besides is not at
 * stake.
 * - Without inclusive sites: the self cost of the lines. Exact.
 * - Inclusive sites without stacks (callgrind): calls on different lines of one function exclude
 *   each other, those of different functions may contain each other. So the sum within the
 *   costliest function counts, or all self cost if that is more: never too much, perhaps too
 * little. */
#include "db/names.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>

/* A line, a call or a frame of the profile. `name` numbers the function, or the frame. */
typedef struct Row {
  uint32_t file, line, name;
  double cost;
  uint32_t stamp; /* the group that counted it last */
} Row;
typedef struct Rows {
  Row *items; /* sorted by file, line */
  uint32_t count, cap;
} Rows;

typedef struct Stack {
  double weight, samples;
  uint32_t leaf; /* frame number */
  uint32_t heap; /* position of the innermost frame of an allocator, UINT32_MAX */
  uint32_t stamp;
} Stack;

/* Stacks by frame: those of frame f are list[start[f]] .. list[start[f + 1] - 1]. */
typedef struct Postings {
  uint32_t *start, *list;
} Postings;

typedef struct Function {
  double total; /* cumulative, 0 unknown */
  double cost;  /* of the current group's sites in it */
  uint32_t stamp;
} Function;

typedef struct ProfileData {
  double total, samples;
  bool claim;
  DbNames files, names;
  Rows lines, calls, frames;
  uint32_t nframes;
  bool *heap_frames; /* by frame: of an allocator */
  uint32_t heap_cap;
  Stack *stacks;
  uint32_t nstacks, stacks_cap;
  uint32_t *stack_frames; /* of all stacks, while loading */
  uint32_t *stack_ends;
  uint32_t nstack_frames, stack_frames_cap, stack_ends_cap;
  Postings any, leaf;
  Function *functions; /* by name */
  uint32_t *match;     /* profile file by site file */
  DbNames site_files;
  uint32_t stamp;
} ProfileData;

/* ---- loading --------------------------------------------------------------------------------- */

static const char *column_or_empty(sqlite3_stmt *st, int column) {
  const char *text = (const char *)sqlite3_column_text(st, column);
  return text ? text : "";
}

static double cost_column(sqlite3_stmt *st, int column) {
  double cost = sqlite3_column_double(st, column);
  return cost > 0 ? cost : 0;
}

/* Calls `take` for every row of a query about one profile. */
static bool each_row(Store *s, const char *sql, int64_t profile,
                     void (*take)(ProfileData *d, sqlite3_stmt *st), ProfileData *d, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, sql, err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, profile);
  HpError step = {0};
  while (db_step_row(s, st, &step))
    take(d, st);
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static void add_row(Rows *rows, Row row) {
  HP_GROW(rows->items, rows->count, rows->cap);
  rows->items[rows->count++] = row;
}

static void take_profile(ProfileData *d, sqlite3_stmt *st) {
  d->total = cost_column(st, 0);
  d->samples = cost_column(st, 1);
  d->claim = strcmp(column_or_empty(st, 2), "executions") != 0;
}

static void take_line(ProfileData *d, sqlite3_stmt *st) {
  add_row(&d->lines, (Row){.file = db_names_add(&d->files, column_or_empty(st, 0), NULL),
                           .line = db_u32(st, 1),
                           .name = db_names_add(&d->names, column_or_empty(st, 2), NULL),
                           .cost = cost_column(st, 3)});
}

static void take_call(ProfileData *d, sqlite3_stmt *st) {
  add_row(&d->calls, (Row){.file = db_names_add(&d->files, column_or_empty(st, 0), NULL),
                           .line = db_u32(st, 1),
                           .name = db_names_add(&d->names, column_or_empty(st, 2), NULL),
                           .cost = cost_column(st, 3)});
}

/* malloc, free and their kind, whatever stands before: __libc_malloc, _int_free, je_calloc, zfree.
 */
static bool names_allocator(const char *function) {
  static const char *const ends[] = {"malloc",        "calloc", "realloc",           "memalign",
                                     "aligned_alloc", "free",   "malloc_consolidate"};
  size_t length = strlen(function);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t end = strlen(ends[i]);
    if (length >= end && !strcmp(function + length - end, ends[i]))
      return true;
  }
  return false;
}

/* Frames come in the order of their numbers, which start at 0 without gaps. */
static void take_frame(ProfileData *d, sqlite3_stmt *st) {
  if (db_u32(st, 0) != d->nframes)
    return;
  const char *file = column_or_empty(st, 1);
  if (*file)
    add_row(&d->frames, (Row){.file = db_names_add(&d->files, file, NULL),
                              .line = db_u32(st, 2),
                              .name = d->nframes});
  HP_GROW(d->heap_frames, d->nframes, d->heap_cap);
  d->heap_frames[d->nframes++] = names_allocator(column_or_empty(st, 3));
}

/* Stacks come after frames; frame numbers that no frame has are left out. */
static void take_stack(ProfileData *d, sqlite3_stmt *st) {
  const unsigned char *bytes = sqlite3_column_blob(st, 0);
  uint32_t count = (uint32_t)sqlite3_column_bytes(st, 0) / 4;
  uint32_t nstacks = d->nstacks;
  HP_GROW(d->stacks, nstacks, d->stacks_cap);
  HP_GROW(d->stack_ends, nstacks, d->stack_ends_cap);
  Stack stack = {.weight = cost_column(st, 1),
                 .samples = cost_column(st, 2),
                 .leaf = UINT32_MAX,
                 .heap = UINT32_MAX};
  uint32_t first = d->nstack_frames;
  for (uint32_t i = 0; i < count; i++) {
    const unsigned char *b = bytes + 4 * (size_t)i;
    uint32_t frame = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    if (frame >= d->nframes)
      continue;
    if (i == 0)
      stack.leaf = frame;
    if (d->heap_frames[frame] && stack.heap == UINT32_MAX)
      stack.heap = d->nstack_frames - first;
    HP_GROW(d->stack_frames, d->nstack_frames, d->stack_frames_cap);
    d->stack_frames[d->nstack_frames++] = frame;
  }
  d->stacks[d->nstacks] = stack;
  d->stack_ends[d->nstacks++] = d->nstack_frames;
}

static void take_function(ProfileData *d, sqlite3_stmt *st) {
  uint32_t name = db_names_find(&d->names, column_or_empty(st, 0));
  if (name != DB_NAME_NONE)
    d->functions[name].total += cost_column(st, 1);
}

static int compare_rows(const void *a, const void *b) {
  const Row *x = a, *y = b;
  if (x->file != y->file)
    return x->file < y->file ? -1 : 1;
  return (x->line > y->line) - (x->line < y->line);
}

static void sort_rows(Rows *rows) {
  if (rows->count)
    qsort(rows->items, rows->count, sizeof(Row), compare_rows);
}

/* Counting sort of (frame, stack) pairs by frame. */
static Postings make_postings(const ProfileData *d, bool leaf_only) {
  Postings p = {hp_calloc((size_t)d->nframes + 2, sizeof(uint32_t)), NULL};
  for (int pass = 0; pass < 2; pass++) {
    uint32_t at = 0;
    for (uint32_t s = 0; s < d->nstacks; s++) {
      for (uint32_t first = at; at < d->stack_ends[s]; at++) {
        uint32_t frame = d->stack_frames[at];
        if (leaf_only && (at != first || frame != d->stacks[s].leaf))
          continue;
        if (pass == 0)
          p.start[frame + 2]++;
        else
          p.list[p.start[frame + 1]++] = s;
      }
    }
    for (uint32_t f = 2; pass == 0 && f < d->nframes + 2; f++)
      p.start[f] += p.start[f - 1];
    if (pass == 0)
      p.list = hp_calloc(p.start[d->nframes + 1], sizeof(uint32_t));
  }
  return p;
}

static bool load(Store *s, int64_t profile, ProfileData *d, HpError *err) {
  d->total = -1;
  if (!each_row(s, "SELECT total, samples, metric FROM profile WHERE id = ?", profile, take_profile,
                d, err))
    return false;
  if (d->total < 0)
    return hp_fail(err, "%s: no profile %lld (hplint profile list)", s->path, (long long)profile);
  bool ok = each_row(s, "SELECT file, line, function, self FROM profile_line WHERE profile_id = ?",
                     profile, take_line, d, err) &&
            each_row(s, "SELECT file, line, caller, total FROM profile_call WHERE profile_id = ?",
                     profile, take_call, d, err) &&
            each_row(s,
                     "SELECT frame, file, line, function FROM profile_frame WHERE profile_id = ? "
                     "ORDER BY frame",
                     profile, take_frame, d, err) &&
            each_row(s, "SELECT frames, weight, samples FROM profile_stack WHERE profile_id = ?",
                     profile, take_stack, d, err);
  if (!ok)
    return false;
  sort_rows(&d->lines);
  sort_rows(&d->calls);
  sort_rows(&d->frames);
  d->any = make_postings(d, false);
  d->leaf = make_postings(d, true);
  d->functions = hp_calloc(d->names.count, sizeof(Function));
  return each_row(s, "SELECT function, total FROM profile_function WHERE profile_id = ?", profile,
                  take_function, d, err);
}

static void unload(ProfileData *d) {
  db_names_free(&d->files);
  db_names_free(&d->names);
  db_names_free(&d->site_files);
  free(d->lines.items);
  free(d->calls.items);
  free(d->frames.items);
  free(d->heap_frames);
  free(d->stacks);
  free(d->stack_frames);
  free(d->stack_ends);
  free(d->any.start);
  free(d->any.list);
  free(d->leaf.start);
  free(d->leaf.list);
  free(d->functions);
  free(d->match);
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool match_files(Store *s, ProfileData *d, const DbFindings *findings, HpError *err) {
  DbNames project = {0};
  for (uint32_t i = 0; i < findings->count; i++) {
    const DbFinding *f = findings->items[i];
    db_names_add(&d->site_files, f->file, NULL);
    for (uint32_t k = 0; k < f->nsites; k++)
      db_names_add(&d->site_files, f->sites[k].file, NULL);
  }
  for (uint32_t i = 0; i < d->site_files.count; i++)
    db_names_add(&project, d->site_files.items[i], NULL);
  sqlite3_stmt *st = db_prepare(s, "SELECT path FROM source", err);
  HpError step = {0};
  while (st && db_step_row(s, st, &step))
    db_names_add(&project, column_or_empty(st, 0), NULL);
  sqlite3_finalize(st);
  d->match = db_match_files(&d->site_files, &project, &d->files);
  db_names_free(&project);
  return st && (!step.set || hp_fail(err, "%s", step.text));
}

/* ---- the union of a group's sites --------------------------------------------------------------
 */

/* What one group has gathered so far. */
typedef struct Sum {
  double self;     /* of lines */
  double stacks;   /* weight of stacks */
  double samples;  /* of stacks */
  double function; /* the costliest function's sites */
} Sum;

/* First row at or after a place. */
static uint32_t lower_bound(const Rows *rows, uint32_t file, uint32_t line) {
  uint32_t low = 0, high = rows->count;
  const Row key = {.file = file, .line = line};
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (compare_rows(&rows->items[middle], &key) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The next row of the range that this group has not counted yet; NULL at the end. */
static Row *next_row(const ProfileData *d, Rows *rows, uint32_t *at, uint32_t file, uint32_t end) {
  for (; *at < rows->count; ++*at) {
    Row *row = &rows->items[*at];
    if (row->file != file || row->line > end)
      return NULL;
    if (row->stamp == d->stamp)
      continue;
    row->stamp = d->stamp;
    ++*at;
    return row;
  }
  return NULL;
}

static void add_to_function(ProfileData *d, Sum *sum, const Row *row) {
  Function *f = &d->functions[row->name];
  if (f->stamp != d->stamp) {
    f->stamp = d->stamp;
    f->cost = 0;
  }
  f->cost += row->cost;
  /* Calls within a recursion are counted once per level: no more than the function's own total. */
  double cost = f->total > 0 && f->cost > f->total ? f->total : f->cost;
  if (cost > sum->function)
    sum->function = cost;
}

static void add_lines(ProfileData *d, Sum *sum, const DbSite *site, uint32_t file) {
  Row *row;
  uint32_t at = lower_bound(&d->lines, file, site->line);
  while ((row = next_row(d, &d->lines, &at, file, site->end_line))) {
    sum->self += row->cost;
    add_to_function(d, sum, row);
  }
  if (!site->inclusive)
    return;
  at = lower_bound(&d->calls, file, site->line);
  while ((row = next_row(d, &d->calls, &at, file, site->end_line)))
    add_to_function(d, sum, row);
}

/* An allocator runs further in than the frame, at its outermost place in the stack. */
static bool allocates_below(const ProfileData *d, uint32_t stack, uint32_t frame) {
  uint32_t first = stack ? d->stack_ends[stack - 1] : 0;
  for (uint32_t at = d->stack_ends[stack]; at > first; at--)
    if (d->stack_frames[at - 1] == frame)
      return d->stacks[stack].heap < at - 1 - first;
  return false;
}

/* Frames may be looked at twice by one group, as part of a self site and of an inclusive one: what
 * is counted once are the stacks. */
static void add_stacks(ProfileData *d, Sum *sum, const DbSite *site, uint32_t file,
                       bool allocator_time) {
  const Postings *p = site->inclusive ? &d->any : &d->leaf;
  for (uint32_t at = lower_bound(&d->frames, file, site->line); at < d->frames.count; at++) {
    const Row *row = &d->frames.items[at];
    if (row->file != file || row->line > site->end_line)
      break;
    for (uint32_t i = p->start[row->name]; i < p->start[row->name + 1]; i++) {
      Stack *stack = &d->stacks[p->list[i]];
      if (stack->stamp == d->stamp ||
          (site->inclusive && allocator_time && !allocates_below(d, p->list[i], row->name)))
        continue;
      stack->stamp = d->stamp;
      sum->stacks += stack->weight;
      sum->samples += stack->samples;
    }
  }
}

static bool has_inclusive(const DbFinding *f) {
  for (uint32_t i = 0; i < f->nsites; i++)
    if (f->sites[i].inclusive)
      return true;
  return false;
}

static void add_finding(ProfileData *d, Sum *sum, const DbFinding *f, bool by_stacks) {
  DbSite own = db_own_site(f);
  const DbSite *sites = f->nsites ? f->sites : &own;
  for (uint32_t i = 0; i < (f->nsites ? f->nsites : 1); i++) {
    uint32_t file = d->match[db_names_find(&d->site_files, sites[i].file)];
    if (file == DB_NAME_NONE || !sites[i].line)
      continue;
    if (by_stacks)
      add_stacks(d, sum, &sites[i], file, f->allocator_time);
    else
      add_lines(d, sum, &sites[i], file);
  }
}

static DbShare group_share(ProfileData *d, DbFinding *const *members, uint32_t count) {
  Sum sum = {0};
  bool inclusive = false;
  for (uint32_t i = 0; i < count; i++)
    inclusive |= has_inclusive(members[i]);
  bool by_stacks = inclusive && d->nstacks;
  d->stamp++;
  for (uint32_t i = 0; i < count; i++)
    add_finding(d, &sum, members[i], by_stacks);
  double cost = by_stacks ? sum.stacks : sum.self;
  if (inclusive && !by_stacks && sum.function > cost)
    cost = sum.function;
  DbShare share = {d->total > 0 ? cost / d->total : 0, 0};
  if (share.share > 1)
    share.share = 1;
  share.samples = by_stacks ? sum.samples : share.share * d->samples;
  return share;
}

typedef struct Member {
  DbFinding *finding;
  uint32_t index;
} Member;

static int compare_groups(const void *a, const void *b) {
  const Member *x = a, *y = b;
  int order = strcmp(x->finding->group, y->finding->group);
  return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void share_groups(ProfileData *d, const DbFindings *findings, DbShare *shares) {
  uint32_t n = findings->count;
  Member *members = hp_calloc(n, sizeof *members);
  DbFinding **group = hp_calloc(n, sizeof *group);
  for (uint32_t i = 0; i < n; i++)
    members[i] = (Member){findings->items[i], i};
  if (n)
    qsort(members, n, sizeof *members, compare_groups);
  for (uint32_t first = 0, end; first < n; first = end) {
    for (end = first;
         end < n && strcmp(members[end].finding->group, members[first].finding->group) == 0; end++)
      group[end - first] = members[end].finding;
    DbShare share = group_share(d, group, end - first);
    for (uint32_t i = first; i < end; i++)
      shares[members[i].index] = share;
  }
  free(members);
  free(group);
}

DbShare *db_shares(Store *s, int64_t profile, const DbFindings *findings, bool *claim,
                   HpError *err) {
  ProfileData d = {0};
  DbShare *shares = NULL;
  if (load(s, profile, &d, err) && match_files(s, &d, findings, err)) {
    shares = hp_calloc(findings->count, sizeof *shares);
    share_groups(&d, findings, shares);
    *claim = d.claim;
  }
  unload(&d);
  return shares;
}
