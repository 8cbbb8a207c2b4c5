#include "analyzer/frontend/preamble.h"

#include "analyzer/project/preamble.h"
#include "ir/wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static const uint32_t magic = 0x31525048; /* "HPR1" */

static int64_t nanoseconds(struct timespec t) {
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static char *notes_path(const char *path) {
  return hp_format("%s.files", path);
}

/* ---- may it be shared? ----------------------------------------------------------------------- */

/* What a unit lowers whether or not it uses it (unit.c) cannot come from a preamble. */
static bool is_defined_by_unit(CXCursor c) {
  bool function = c.kind == CXCursor_FunctionDecl;
  if ((!function && c.kind != CXCursor_VarDecl) ||
      clang_getCursorLinkage(c) == CXLinkage_Internal ||
      clang_Location_isInSystemHeader(clang_getCursorLocation(c)))
    return false;
  if (function)
    return clang_isCursorDefinition(c) && !clang_Cursor_isFunctionInlined(c);
  return clang_Cursor_getStorageClass(c) != CX_SC_Extern ||
         !clang_Cursor_isNull(clang_Cursor_getVarDeclInitializer(c));
}

static enum CXChildVisitResult look_at(CXCursor c, CXCursor parent, CXClientData data) {
  (void)parent;
  bool *defines = data;
  *defines = is_defined_by_unit(c);
  return *defines ? CXChildVisit_Break : CXChildVisit_Continue;
}

static bool defines_for_unit(CXTranslationUnit tu) {
  bool defines = false;
  clang_visitChildren(clang_getTranslationUnitCursor(tu), look_at, &defines);
  return defines;
}

typedef struct Sharing {
  Contents *contents;
  bool ok;
} Sharing;

static bool has_word(const char *text, size_t size, const char *word) {
  return memmem(text, size, word, strlen(word)) != NULL;
}

/* Words whose meaning depends on the unit, or that leave behind what precompiled headers do not
 * keep. */
static bool is_bound_to_unit(const char *text, size_t size) {
  static const char *const words[] = {"__BASE_FILE__", "push_macro", "redefine_extname"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (has_word(text, size, words[i]))
      return true;
  return false;
}

static void check_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data) {
  (void)stack, (void)depth;
  Sharing *s = data;
  size_t size = 0;
  const char *text = contents_of(s->contents, file, &size);
  s->ok &= !text || !is_bound_to_unit(text, size);
}

static bool may_share(Contents *contents) {
  Sharing s = {contents, true};
  clang_getInclusions(contents->tu, check_file, &s);
  return s.ok && !defines_for_unit(contents->tu);
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool is_system(CXTranslationUnit tu, const char *path) {
  CXFile file = clang_getFile(tu, path);
  return file && clang_Location_isInSystemHeader(clang_getLocationForOffset(tu, file, 0));
}

static void put_notes(HpBuf *out, CXTranslationUnit tu, const char *text, const struct stat *st,
                      const FrontendOutput *files, const Lookups *lookups) {
  wire_put_u32(out, magic);
  wire_put_u64(out, st->st_ino);
  wire_put_u64(out, (uint64_t)nanoseconds(st->st_ctim));
  wire_put_u64(out, (uint64_t)st->st_size);
  wire_put_string(out, text);
  wire_put_u32(out, files->nfiles - 1);
  for (uint32_t i = 1; i < files->nfiles; i++) { /* the first is the preamble itself */
    wire_put_string(out, files->files[i].path);
    wire_put_u64(out, (uint64_t)files->files[i].size);
    wire_put_u64(out, (uint64_t)files->files[i].mtime_ns);
    wire_put_u64(out, files->files[i].hash);
    wire_put_u32(out, is_system(tu, files->files[i].path));
  }
  wire_put_u32(out, files->nabsent);
  for (uint32_t i = 0; i < files->nabsent; i++)
    wire_put_string(out, files->absent[i]);
  wire_put_u32(out, lookups->count);
  for (uint32_t i = 0; i < lookups->count; i++) {
    const Lookup *l = &lookups->items[i];
    wire_put_string(out, l->name);
    wire_put_string(out, l->includer);
    wire_put_string(out, l->found);
    wire_put_u32(out, l->quoted);
  }
}

/* Others may be reading the one before. */
static bool write_whole(const char *path, const HpBuf *bytes) {
  char *fresh = hp_format("%s.%ld", path, (long)getpid());
  FILE *file = fopen(fresh, "wb");
  bool ok = file && fwrite(hp_buf_text(bytes), 1, bytes->length, file) == bytes->length;
  ok = file && !fclose(file) && ok && !rename(fresh, path);
  if (!ok)
    unlink(fresh);
  free(fresh);
  return ok;
}

bool preamble_save(Contents *contents, const FrontendInput *in, const FrontendOutput *out,
                   const Lookups *lookups, const char *path) {
  struct stat st;
  if (out->status != FRONTEND_OK || !out->nfiles || !may_share(contents) ||
      clang_saveTranslationUnit(contents->tu, path, clang_defaultSaveOptions(contents->tu)) !=
          CXSaveError_None ||
      stat(path, &st))
    return false;
  HpBuf notes = {0};
  put_notes(&notes, contents->tu, in->unsaved, &st, out, lookups);
  char *beside = notes_path(path);
  bool ok = write_whole(beside, &notes);
  free(beside);
  hp_buf_free(&notes);
  return ok;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_whole(const char *path, HpBuf *out) {
  enum { CHUNK = 256 << 10 };
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : 1;
  while (n > 0) {
    hp_buf_reserve(out, CHUNK);
    n = read(fd, out->text + out->length, CHUNK);
    out->length += n > 0 ? (size_t)n : 0;
  }
  if (fd >= 0)
    close(fd);
  return n == 0;
}

static void get_lists(WireReader *r, Preamble *p) {
  p->text = wire_get_text(r);
  uint32_t nfiles = wire_get_count(r, 4 + 3 * 8 + 4);
  p->files = hp_calloc(nfiles, sizeof *p->files);
  while (p->nfiles < nfiles && !r->bad) {
    FrontendFile *f = &p->files[p->nfiles++];
    f->path = wire_get_text(r);
    f->size = (int64_t)wire_get_bytes(r, 8);
    f->mtime_ns = (int64_t)wire_get_bytes(r, 8);
    f->hash = wire_get_bytes(r, 8);
    f->system = wire_get_u32(r) != 0;
  }
  uint32_t nabsent = wire_get_count(r, 4);
  p->absent = hp_calloc(nabsent, sizeof *p->absent);
  while (p->nabsent < nabsent && !r->bad)
    p->absent[p->nabsent++] = wire_get_text(r);
  uint32_t nlookups = wire_get_count(r, 4 * 4);
  p->lookups.items = hp_calloc(nlookups, sizeof *p->lookups.items);
  while (p->lookups.count < nlookups && !r->bad) {
    Lookup *l = &p->lookups.items[p->lookups.count++];
    l->name = wire_get_string(r);
    l->includer = wire_get_string(r);
    l->found = wire_get_string(r);
    l->quoted = wire_get_u32(r) != 0;
    r->bad |= !l->name && !l->found;
  }
}

/* A precompiled file is believed by whoever reads it, so that it must be the very one that was
 * written here: nobody can bring along a file of a given number and time of its last change. */
static bool is_own(WireReader *r, const char *path) {
  struct stat st;
  if (wire_get_u32(r) != magic || stat(path, &st))
    return false;
  bool same = wire_get_bytes(r, 8) == st.st_ino;
  same &= (int64_t)wire_get_bytes(r, 8) == nanoseconds(st.st_ctim);
  return same && (int64_t)wire_get_bytes(r, 8) == st.st_size;
}

static Preamble *read_notes(const char *path) {
  char *beside = notes_path(path);
  HpBuf bytes = {0};
  bool ok = read_whole(beside, &bytes);
  free(beside);
  Preamble *p = NULL;
  WireReader r = {(const unsigned char *)hp_buf_text(&bytes), bytes.length, false};
  if (ok && is_own(&r, path)) {
    p = hp_calloc(1, sizeof *p);
    get_lists(&r, p);
    if (r.bad || r.left) {
      preamble_free(p);
      p = NULL;
    }
  }
  hp_buf_free(&bytes);
  return p;
}

static bool is_unchanged(const FrontendFile *f) {
  struct stat st;
  return !stat(f->path, &st) && st.st_size == f->size && nanoseconds(st.st_mtim) == f->mtime_ns;
}

static bool still_holds(const Preamble *p, const FrontendInput *in) {
  for (uint32_t i = 0; i < p->nfiles; i++)
    if (!is_unchanged(&p->files[i]) || !strcmp(p->files[i].path, in->file))
      return false;
  for (uint32_t i = 0; i < p->nabsent; i++)
    if (!access(p->absent[i], F_OK))
      return false;
  return true;
}

/* The unit may not begin as it did when somebody looked for a preamble of it. */
static bool take_rest(Preamble *p, const FrontendInput *in) {
  HpBuf text = {0};
  if (in->unsaved)
    hp_buf_addn(&text, in->unsaved, in->unsaved_size);
  else if (!read_whole(in->file, &text))
    hp_buf_clear(&text);
  p->rest_size = text.length;
  p->hash = XXH3_64bits(hp_buf_text(&text), text.length);
  p->rest = hp_buf_take(&text);
  return preamble_blank(p->rest, p->rest_size, p->text);
}

Preamble *preamble_open(const char *path, const FrontendInput *in) {
  Preamble *p = in->ntexts ? NULL : read_notes(path);
  if (!p || still_holds(p, in))
    return p;
  preamble_free(p);
  return NULL;
}

Preamble *preamble_for(const char *path, const FrontendInput *in) {
  Preamble *p = preamble_open(path, in);
  if (!p || take_rest(p, in))
    return p;
  preamble_free(p);
  return NULL;
}

void preamble_free(Preamble *p) {
  if (!p)
    return;
  for (uint32_t i = 0; i < p->nfiles; i++)
    free(p->files[i].path);
  free(p->files);
  for (uint32_t i = 0; i < p->nabsent; i++)
    free(p->absent[i]);
  free(p->absent);
  free(p->text);
  free(p->rest);
  lookups_free(&p->lookups);
  free(p);
}

void preamble_remove(const char *path) {
  char *beside = notes_path(path);
  unlink(path);
  unlink(beside);
  free(beside);
}

const FrontendFile *preamble_file(const Preamble *p, const char *path) {
  for (uint32_t i = 0; i < p->nfiles; i++)
    if (!strcmp(p->files[i].path, path))
      return &p->files[i];
  return NULL;
}
