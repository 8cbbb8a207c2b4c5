#include "analyzer/unit/preambles.h"

#include "analyzer/project/preamble.h"
#include "analyzer/unit/worker.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum {
  LEAST_USERS = 6,       /* making one costs as much as two or three units save by it */
  MOST_PREAMBLES = 64,   /* made in a run */
  MOST_BYTES = 16 << 20, /* left on disk by a run */
  HEAD_BYTES = 32 << 10  /* of a file: comments and directives in front */
};

/* ---- groups ---------------------------------------------------------------------------------- */

/* A unit and the directives that it begins with. */
typedef struct Head {
  const ProjectUnit *unit;
  char *text;
  PreambleParts parts;
  uint64_t keys[PREAMBLE_LONGEST]; /* of the first, of the first two, ... under the unit's flags */
  uint32_t plan;                   /* IR_NONE: none */
} Head;

struct Preambles {
  char *store;
  PreamblePlan *plans;
  uint32_t count, cap;
  Head *heads; /* of the units asked for */
  uint32_t nheads;
  bool wanted; /* some are to be made */
};

static char *head_of_file(const char *path, PreambleParts *parts) {
  char *text = NULL, *bytes = hp_malloc(HEAD_BYTES);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, bytes, HEAD_BYTES);
  if (n > 0)
    text = preamble_directives(bytes, (size_t)n, parts);
  if (fd >= 0)
    close(fd);
  free(bytes);
  return text;
}

/* Files that the flags include come first in the unit, but would come after the preamble. */
static bool has_own_includes(const ProjectUnit *u) {
  for (uint32_t i = 0; i < u->nargs; i++)
    if (!strncmp(u->args[i], "-include", 8) || !strncmp(u->args[i], "-imacros", 8))
      return true;
  return false;
}

static uint64_t add_text(uint64_t hash, const char *text, size_t length) {
  return XXH3_64bits_withSeed(text, length, hash + length);
}

/* What the meaning of directives depends on: flags, folder, and whoever reads them. */
static uint64_t key_of_place(const ProjectUnit *u) {
  const char *slash = strrchr(u->file, '/');
  uint64_t hash = add_text(unit_front_end_id, u->file, (size_t)(slash - u->file));
  hash = add_text(hash, u->directory, strlen(u->directory));
  for (uint32_t i = 0; i < u->nargs; i++)
    hash = add_text(hash, u->args[i], strlen(u->args[i]));
  return hash;
}

static void find_keys(Head *h) {
  uint64_t place = key_of_place(h->unit);
  for (uint32_t i = 0; i < h->parts.count; i++)
    h->keys[i] = add_text(place, h->text, h->parts.ends[i]);
}

static int compare_keys(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* The keys of all beginnings of all units, sorted. */
static uint64_t *all_keys(const Preambles *p, uint32_t *count) {
  uint64_t *keys = hp_calloc((size_t)p->nheads * PREAMBLE_LONGEST, sizeof *keys);
  *count = 0;
  for (uint32_t i = 0; i < p->nheads; i++)
    for (uint32_t k = 0; k < p->heads[i].parts.count; k++)
      keys[(*count)++] = p->heads[i].keys[k];
  qsort(keys, *count, sizeof *keys, compare_keys);
  return keys;
}

static uint32_t first_at_least(const uint64_t *keys, uint32_t count, uint64_t key) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (keys[middle] < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static uint32_t users_of(const uint64_t *keys, uint32_t count, uint64_t key) {
  return first_at_least(keys, count, key + 1) - first_at_least(keys, count, key);
}

/* ---- plans ----------------------------------------------------------------------------------- */

static char *folder_of(const char *store) {
  return hp_format("%s/preambles", store);
}

static char *path_of(const char *store, uint64_t key) {
  return hp_format("%s/preambles/%016llx.pch", store, (unsigned long long)key);
}

static uint32_t plan_for(Preambles *p, const Head *h, uint32_t length) {
  const uint64_t key = h->keys[length - 1];
  for (uint32_t i = 0; i < p->count; i++)
    if (p->plans[i].key == key)
      return i;
  const char *slash = strrchr(h->unit->file, '/');
  PreamblePlan plan = {.unit = *h->unit,
                       .text = hp_strndup(h->text, h->parts.ends[length - 1]),
                       .path = path_of(p->store, key),
                       .key = key,
                       .length = length};
  plan.unit.file =
      hp_format("%.*s/.hplint-preamble.c", (int)(slash - h->unit->file), h->unit->file);
  HP_GROW(p->plans, p->count, p->cap);
  p->plans[p->count] = plan;
  return p->count++;
}

/* The longest beginning that enough units share. */
static void plan_shared(Preambles *p) {
  uint32_t count;
  uint64_t *keys = all_keys(p, &count);
  for (uint32_t i = 0; i < p->nheads; i++) {
    Head *h = &p->heads[i];
    uint32_t length = h->parts.count;
    while (length && users_of(keys, count, h->keys[length - 1]) < LEAST_USERS)
      length--;
    if (length) {
      h->plan = plan_for(p, h, length);
      p->plans[h->plan].users++;
    }
  }
  free(keys);
}

/* One that an earlier run has left. */
static void plan_left(Preambles *p) {
  for (uint32_t i = 0; i < p->nheads; i++) {
    Head *h = &p->heads[i];
    for (uint32_t length = h->parts.count; length && h->plan == IR_NONE; length--) {
      char *path = path_of(p->store, h->keys[length - 1]);
      if (!access(path, R_OK)) {
        h->plan = plan_for(p, h, length);
        p->plans[h->plan].state = PREAMBLE_THERE;
      }
      free(path);
    }
  }
}

static uint64_t worth(const PreamblePlan *plan) {
  return (uint64_t)plan->users * plan->length;
}

/* Those worth least are left out. */
static void keep_best(Preambles *p) {
  uint32_t wanted = 0;
  for (uint32_t i = 0; i < p->count; i++)
    wanted += p->plans[i].state == PREAMBLE_WANTED;
  for (; wanted > MOST_PREAMBLES; wanted--) {
    PreamblePlan *least = NULL;
    for (uint32_t i = 0; i < p->count; i++)
      if (p->plans[i].state == PREAMBLE_WANTED && (!least || worth(&p->plans[i]) < worth(least)))
        least = &p->plans[i];
    if (least)
      least->state = PREAMBLE_REFUSED;
  }
}

/* ---- the folder ------------------------------------------------------------------------------ */

typedef struct Left {
  char *path;
  int64_t ns, bytes;
  uint32_t users; /* in this run */
} Left;

static uint32_t users_of_file(const Preambles *p, const char *path) {
  for (uint32_t i = 0; i < p->count; i++)
    if (!strcmp(path, p->plans[i].path))
      return p->plans[i].users;
  return 0;
}

/* The notes beside a precompiled file stay and go with it. */
static bool is_notes(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot && !strcmp(dot, ".files");
}

static void drop(const char *path) {
  char *notes = hp_format("%s.files", path);
  unlink(path);
  unlink(notes);
  free(notes);
}

static int most_useful_first(const void *a, const void *b) {
  const Left *x = a, *y = b;
  if (x->users != y->users)
    return x->users > y->users ? -1 : 1;
  return x->ns != y->ns ? (x->ns > y->ns ? -1 : 1) : strcmp(x->path, y->path);
}

static Left *files_left(const Preambles *p, const char *folder, uint32_t *count) {
  Left *all = NULL;
  uint32_t cap = 0;
  DIR *dir = opendir(folder);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    struct stat st;
    char *path = hp_format("%s/%s", folder, e->d_name);
    if (e->d_name[0] == '.' || is_notes(e->d_name) || stat(path, &st)) {
      free(path);
      continue;
    }
    HP_GROW(all, *count, cap);
    all[(*count)++] = (Left){.path = path,
                             .ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
                             .bytes = (int64_t)st.st_size,
                             .users = users_of_file(p, path)};
  }
  if (dir)
    closedir(dir);
  return all;
}

/* Those of most units stay, then the newest; what a run that was ended left half written goes with
 * the old ones. */
static void trim(const Preambles *p) {
  char *folder = folder_of(p->store);
  uint32_t count = 0;
  Left *all = files_left(p, folder, &count);
  int64_t bytes = 0;
  if (count)
    qsort(all, count, sizeof *all, most_useful_first);
  for (uint32_t i = 0; i < count; i++) {
    bytes += all[i].bytes;
    if (bytes > MOST_BYTES)
      drop(all[i].path);
    free(all[i].path);
  }
  free(all);
  free(folder);
}

/* ---- all ------------------------------------------------------------------------------------- */

Preambles *preambles_plan(const char *store, const Project *project, const uint32_t *indexes,
                          uint32_t count, const char *unsaved, size_t unsaved_size) {
  Preambles *p = hp_calloc(1, sizeof *p);
  p->store = hp_strdup(store);
  p->heads = hp_calloc(count, sizeof *p->heads);
  p->nheads = count;
  for (uint32_t i = 0; i < count; i++) {
    Head *h = &p->heads[i];
    const ProjectUnit *unit = &project->units[indexes[i]];
    *h = (Head){.unit = unit, .plan = IR_NONE};
    if (!has_own_includes(unit))
      h->text = unsaved ? preamble_directives(unsaved, unsaved_size, &h->parts)
                        : head_of_file(unit->file, &h->parts);
    if (h->text)
      find_keys(h);
  }
  plan_shared(p);
  keep_best(p);
  p->wanted = p->count;
  if (p->wanted) {
    char *folder = folder_of(store);
    mkdir(folder, 0777); /* if it cannot be made, neither can they */
    free(folder);
  }
  plan_left(p);
  return p;
}

void preambles_end(Preambles *p) {
  if (!p)
    return;
  if (p->wanted)
    trim(p);
  for (uint32_t i = 0; i < p->count; i++) {
    free(p->plans[i].unit.file);
    free(p->plans[i].text);
    free(p->plans[i].path);
  }
  for (uint32_t i = 0; i < p->nheads; i++)
    free(p->heads[i].text);
  free(p->plans);
  free(p->heads);
  free(p->store);
  free(p);
}

uint32_t preambles_count(const Preambles *p) {
  return p ? p->count : 0;
}

PreamblePlan *preambles_at(Preambles *p, uint32_t i) {
  return &p->plans[i];
}

PreamblePlan *preambles_of(Preambles *p, uint32_t k) {
  return p && p->heads[k].plan != IR_NONE ? &p->plans[p->heads[k].plan] : NULL;
}
