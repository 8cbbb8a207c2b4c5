/* Short forms for the tests of profiles. Included after cmocka. */
#ifndef HPLINT_DB_TESTS_PROFILE_TOOLS_H
#define HPLINT_DB_TESTS_PROFILE_TOOLS_H

#include "db/profile.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA TEST_SOURCE_DIR "/db/tests/data"

static inline Profile *read_good(const char *path) {
  HpError err = {0};
  Profile *p = profile_read(path, &err);
  if (!p)
    fail_msg("%s", err.text);
  return p;
}

/* It must fail, with one line that contains WHAT. */
static inline void read_bad(const char *path, const char *what) {
  HpError err = {0};
  assert_null(profile_read(path, &err));
  assert_true(err.set);
  assert_null(strchr(err.text, '\n'));
  if (!strstr(err.text, what))
    fail_msg("expected \"%s\" in: %s", what, err.text);
}

static inline const ProfFunction *find_function(const Profile *p, const char *name) {
  for (uint32_t i = 0; i < p->nfunctions; i++)
    if (!strcmp(p->functions[i].function, name))
      return &p->functions[i];
  return NULL;
}

static inline const ProfLine *find_line(const Profile *p, const char *file, unsigned line,
                                        const char *function) {
  for (uint32_t i = 0; i < p->nlines; i++)
    if (p->lines[i].line == line && !strcmp(p->lines[i].file, file) && p->lines[i].function &&
        !strcmp(p->lines[i].function, function))
      return &p->lines[i];
  return NULL;
}

static inline const ProfCall *find_call(const Profile *p, unsigned line, const char *caller,
                                        const char *callee) {
  for (uint32_t i = 0; i < p->ncalls; i++)
    if (p->calls[i].line == line && !strcmp(p->calls[i].caller, caller) &&
        !strcmp(p->calls[i].callee, callee))
      return &p->calls[i];
  fail_msg("no call from %s:%u to %s", caller, line, callee);
  return NULL;
}

static inline double hits_of(const Profile *p, const char *file, unsigned line) {
  double hits = -1;
  for (uint32_t i = 0; i < p->nlines; i++)
    if (p->lines[i].line == line && !strcmp(p->lines[i].file, file) && p->lines[i].hits >= 0)
      hits = (hits < 0 ? 0 : hits) + p->lines[i].hits;
  return hits;
}

static inline unsigned lines_of(const Profile *p, const char *file) {
  unsigned n = 0;
  for (uint32_t i = 0; i < p->nlines; i++)
    n += !strcmp(p->lines[i].file, file);
  return n;
}

static inline bool has_warning(const Profile *p, const char *what) {
  for (uint32_t i = 0; i < p->nwarnings; i++)
    if (strstr(p->warnings[i], what))
      return true;
  return false;
}

static inline char *join(const char *dir, const char *name) {
  return hp_format("%s/%s", dir, name);
}

static inline char *read_bytes(const char *path, size_t *size) {
  FILE *f = fopen(path, "rb");
  if (!f)
    fail_msg("cannot open %s", path);
  HpBuf all = {0};
  char block[4096];
  for (size_t n; (n = fread(block, 1, sizeof block, f));)
    hp_buf_addn(&all, block, n);
  fclose(f);
  *size = all.length;
  return hp_buf_take(&all);
}

static inline char *read_whole(const char *path) {
  size_t size;
  return read_bytes(path, &size);
}

static inline void copy_file(const char *from, const char *to) {
  size_t size;
  char *data = read_bytes(from, &size);
  FILE *f = fopen(to, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(data, 1, size, f), size);
  fclose(f);
  free(data);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st;
  (void)type;
  (void)ftw;
  return remove(path);
}

static inline void remove_folder(const char *dir) {
  nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
