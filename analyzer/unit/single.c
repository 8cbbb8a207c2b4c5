/* The parser works in a process of its own, with the limits that the plain run has: if it crashes,
 * hangs or runs out of memory, there is a record all the same, which says so, and one bad file does
 * not end a build of thousands. */
#include "analyzer/unit/single.h"

#include "analyzer/frontend/frontend.h"
#include "analyzer/unit/hpu.h"
#include "ir/serial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *file, const char *text) {
  HpBuf line = {0};
  hp_buf_add_escaped(&line, file);
  hp_buf_add(&line, ": ");
  hp_buf_add_escaped(&line, text);
  fprintf(stderr, "hplint-unit: %s\n", hp_buf_text(&line));
  hp_buf_free(&line);
}

static int fail(const HpError *err) {
  fprintf(stderr, "hplint-unit: %s\n", err->text);
  return 2;
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool write_file(const char *path, const HpBuf *bytes, HpError *err) {
  FILE *file = fopen(path, "wb");
  bool ok = file && fwrite(hp_buf_text(bytes), 1, bytes->length, file) == bytes->length;
  int reason = errno;
  if (file && fclose(file)) {
    ok = false;
    reason = errno;
  }
  return ok || hp_fail(err, "%s: %s", path, strerror(reason));
}

/* A name in a makefile. */
static void add_make_name(HpBuf *out, const char *name) {
  for (; *name; name++) {
    if (strchr(" #\\", *name))
      hp_buf_addc(out, '\\');
    if (*name == '$')
      hp_buf_addc(out, '$');
    hp_buf_addc(out, *name);
  }
}

/* "x.hpu: x.c x.h" */
static bool write_deps(const char *path, const char *output, const UnitResult *r, HpError *err) {
  HpBuf text = {0};
  add_make_name(&text, output);
  hp_buf_addc(&text, ':');
  for (uint32_t i = 0; i < r->nfiles; i++) {
    hp_buf_add(&text, " \\\n  ");
    add_make_name(&text, r->files[i].path);
  }
  hp_buf_addc(&text, '\n');
  bool ok = write_file(path, &text, err);
  hp_buf_free(&text);
  return ok;
}

static bool write_hpu(const char *path, const HpuFile *f, HpError *err) {
  HpBuf bytes = {0};
  hpu_encode(&bytes, f);
  bool ok = write_file(path, &bytes, err);
  hp_buf_free(&bytes);
  return ok;
}

/* ---- other places for the tree ----------------------------------------------------------------
 */

/* The path by the last map that fits it; heap, NULL when none does. */
static char *mapped(const SingleOptions *o, const char *path) {
  for (uint32_t i = o->nmaps; i-- > 0;) {
    const char *from = o->maps[i], *to = strchr(from, '=') + 1;
    size_t length = (size_t)(to - 1 - from);
    while (length > 1 && from[length - 1] == '/')
      length--;
    if (!strncmp(path, from, length) && (path[length] == '/' || !path[length]))
      return hp_format("%s%s", to, path + length);
  }
  return NULL;
}

static void map_text(const SingleOptions *o, char **text) {
  char *other = mapped(o, *text);
  if (!other)
    return;
  free(*text);
  *text = other;
}

static void map_unit(const SingleOptions *o, ProjectUnit *unit) {
  map_text(o, &unit->file);
  map_text(o, &unit->directory);
  unit_renew_key(unit);
}

/* The error may be in a file that was included by its whole path. */
static void map_reason(const SingleOptions *o, UnitResult *r) {
  const char *open = r->reason ? strrchr(r->reason, '(') : NULL;
  char *other = open ? mapped(o, open + 1) : NULL;
  if (!other)
    return;
  char *reason = hp_format("%.*s%s", (int)(open + 1 - r->reason), r->reason, other);
  free(other);
  free(r->reason);
  r->reason = reason;
}

static const SingleOptions *current; /* inherited by the worker */

char *single_spell(const char *path) {
  return current ? mapped(current, path) : NULL;
}

/* ---- the unit -------------------------------------------------------------------------------- */

static bool analyse(const SingleOptions *o, const ProjectUnit *unit, UnitResult *out,
                    HpError *err) {
  current = o;
  PoolOptions po = {.jobs = 1, .seconds = o->seconds, .megabytes = o->megabytes, .serve = o->serve};
  Pool *pool = pool_start(&po, err);
  bool ok = pool && pool_run_one(pool, unit, NULL, 0, out, err);
  pool_stop(pool);
  return ok;
}

static void keep_drop(void *context, uint32_t kind, uint32_t count, const char *what) {
  HpuFile *f = context;
  HP_GROW(f->drops, f->ndrops, f->drops_cap);
  f->drops[f->ndrops++] = (HpuDrop){kind, count, hp_strdup(what)};
}

/* Incomplete units are written too: facts that do not depend on what is missing still hold. */
static int write_unit(const SingleOptions *o, ProjectUnit *unit, HpuFile *f) {
  HpError err = {0};
  bool ok = !unit->file || !access(unit->file, R_OK) ||
            hp_fail(&err, "%s: %s", unit->file, strerror(errno));
  if (ok && unit->file) {
    ok = analyse(o, unit, &f->result, &err);
    if (ok && f->result.reason)
      say(unit->file, f->result.reason);
    map_unit(o, unit);
    f->file = hp_strdup(unit->file);
    f->key = unit->key;
    f->merit = project_merit(unit);
    map_reason(o, &f->result);
  }
  ok = ok && write_hpu(o->output, f, &err) &&
       (!o->deps || write_deps(o->deps, o->output, &f->result, &err));
  return ok ? 0 : fail(&err);
}

/* The tests' way: whatever happens to the parser happens to this process. */
static int write_ir(const char *path, const ProjectUnit *unit) {
  Frontend *f = frontend_new();
  FrontendInput in = {.file = unit->file,
                      .directory = unit->directory,
                      .args = (const char *const *)unit->args,
                      .nargs = unit->nargs};
  FrontendOutput out;
  frontend_run(f, &in, &out);
  if (out.status != FRONTEND_OK)
    say(unit->file, out.reason);
  HpError err = {0};
  HpBuf record = {0};
  if (out.unit)
    ir_write_unit(&record, out.unit);
  bool ok = out.unit && write_file(path, &record, &err);
  if (err.set)
    fail(&err);
  hp_buf_free(&record);
  frontend_output_free(&out);
  frontend_free(f);
  return ok ? 0 : 2;
}

int single_unit(const SingleOptions *o) {
  char *directory = getcwd(NULL, 0);
  const char *why = "the current folder is gone";
  Project project = {0}; /* only for what is dropped */
  ProjectUnit unit = {0};
  HpuFile file = {0};
  bool is_c = directory &&
              flags_from_command(&project, directory, NULL, o->command, o->ncommand, &unit, &why);
  bool other = directory && !is_c && strcmp(why, "no C file"); /* C++, say */
  if (other)
    project_skipped(&project, why);
  project_each_drop(&project, keep_drop, &file);
  int status = 2;
  if (!is_c && (o->ir || !other))
    fprintf(stderr, "hplint-unit: nothing to analyse in this command: %s\n", why);
  else if (o->ir)
    status = write_ir(o->ir, &unit);
  else
    status = write_unit(o, &unit, &file);
  hpu_free(&file);
  unit_free(&unit);
  project_free(&project);
  free(directory);
  return status;
}
