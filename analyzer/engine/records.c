/* Units from records that hplint-unit wrote, wherever it ran. */
#include "analyzer/engine/internal.h"
#include "analyzer/unit/hpu.h"
#include "ir/build.h"
#include "ir/files.h"
#include "ir/serial.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_LIMIT = 1 << 30 };

/* A record as read; its IR is made as soon as its bytes are there, which go then. */
typedef struct Record {
  HpuFile file;
  IrUnit *unit; /* NULL: failed, or no C */
} Record;

/* The name that a file has here; heap, NULL when it is the same. */
static char *mapped(const char *map, const char *path) {
  const char *to = strchr(map, '=') + 1;
  size_t length = (size_t)(to - 1 - map);
  return !strncmp(path, map, length) && path[length] == '/' ? hp_format("%s%s", to, path + length)
                                                            : NULL;
}

/* All new names go behind the unit's strings. */
static void map_unit(const char *map, IrUnit *u) {
  IrStr main = u->path;
  HpBuf strings = {0};
  hp_buf_addn(&strings, u->strings, u->nstrings);
  for (uint32_t i = 0; i < u->nfiles; i++) {
    char *here = mapped(map, ir_str(u, u->files[i].path));
    if (!here)
      continue;
    if (u->files[i].path == main)
      u->path = (IrStr)strings.length;
    u->files[i].path = (IrStr)strings.length;
    hp_buf_addn(&strings, here, strlen(here) + 1);
    free(here);
  }
  u->strings = hp_arena_copy(u->arena, strings.text, strings.length);
  u->nstrings = (uint32_t)strings.length;
  hp_buf_free(&strings);
}

static void map_file(const char *map, Record *r) {
  char *here = r->file.file ? mapped(map, r->file.file) : NULL;
  if (here) {
    free(r->file.file);
    r->file.file = here;
  }
  if (r->unit)
    map_unit(map, r->unit);
}

static bool read_unit(const char *path, Record *r, HpError *err) {
  UnitResult *result = &r->file.result;
  if (!result->record)
    return true;
  HpError bad = {0};
  r->unit = ir_read_unit(result->record, result->record_size, path, &bad);
  free(result->record);
  result->record = NULL;
  return r->unit || hp_fail(err, "%s; hplint-unit writes it anew", bad.text);
}

static bool read_record(const char *path, Record *r, HpError *err) {
  size_t size;
  char *bytes = hp_read_file(path, RECORD_LIMIT, &size, err);
  bool ok = bytes && hpu_decode(bytes, size, path, &r->file, err) && read_unit(path, r, err);
  free(bytes);
  return ok;
}

static void drop_record(Record *r) {
  hpu_free(&r->file);
  ir_unit_free(r->unit);
  *r = (Record){0};
}

/* Of one file the most merit first. The compile database has an order of its own for equals, which
 * nobody knows here. */
static int by_file(const void *a, const void *b) {
  const HpuFile *x = &((const Record *)a)->file, *y = &((const Record *)b)->file;
  int order = strcmp(x->file, y->file);
  if (order)
    return order;
  if (x->merit != y->merit)
    return x->merit > y->merit ? -1 : 1;
  return x->key < y->key ? -1 : x->key > y->key;
}

/* What the plain run would not have had goes: units that were not asked for, and all but one of
 * each file. Returns how many are left. */
static uint32_t choose(Project *p, Record *records, uint32_t count) {
  uint32_t n = 0, kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    HpuFile *f = &records[i].file;
    bool wanted = !f->file || project_wants(p, f->file);
    for (uint32_t k = 0; wanted && k < f->ndrops; k++)
      project_drop(p, f->drops[k].kind, f->drops[k].count, f->drops[k].what);
    if (wanted && f->file)
      records[n++] = records[i];
    else
      drop_record(&records[i]);
  }
  if (n)
    qsort(records, n, sizeof *records, by_file);
  for (uint32_t i = 0, end; i < n; i = end) {
    bool differ = false;
    for (end = i + 1; end < n && !strcmp(records[end].file.file, records[i].file.file); end++) {
      differ |= records[end].file.key != records[i].file.key;
      drop_record(&records[end]);
    }
    if (differ)
      project_repeated(p, records[i].file.file);
    records[kept++] = records[i];
  }
  project_say_drops(p);
  return kept;
}

static void take_record(RunResult *out, Shelf *units, uint32_t index, Record *r) {
  const UnitResult *result = &r->file.result;
  out->analysed += r->unit != NULL;
  out->incomplete += result->status == UNIT_INCOMPLETE;
  out->failed += result->status == UNIT_FAILED;
  if (result->status != UNIT_OK)
    run_failure(out, r->file.file, result, false);
  if (r->unit)
    shelf_put_unit(units, index, r->unit);
  r->unit = NULL;
  drop_record(r);
}

bool units_read(const RunOptions *options, RunResult *out, Shelf **units, HpError *err) {
  uint32_t count = options->nrecords, n = 0;
  Record *records = hp_calloc(count, sizeof *records);
  while (n < count && read_record(options->records[n], &records[n], err)) {
    if (options->map)
      map_file(options->map, &records[n]);
    n++;
  }
  bool ok = n == count;
  if (!ok)
    drop_record(&records[n]);
  n = choose(&out->project, records, n);
  *units = shelf_new(n, run_jobs(options));
  for (uint32_t i = 0; i < n; i++)
    take_record(out, *units, i, &records[i]);
  shelf_wait(*units);
  run_sort_failures(out);
  free(records);
  out->units = n;
  return ok;
}
