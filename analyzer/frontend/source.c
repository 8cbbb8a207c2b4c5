/* Places in the source, the files they lie in, and the text of those files. */
#include "analyzer/frontend/lower.h"
#include "analyzer/project/project.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

FileEntry *lower_file(Lower *l, CXFile file, CXSourceLocation inside) {
  if (!file)
    return NULL;
  uint32_t at = map_get(&l->file_map, file);
  if (at == MAP_NONE) {
    CXString name = clang_getFileName(file);
    char *path = path_absolute(clang_getCString(name), l->directory);
    clang_disposeString(name);
    FileEntry e = {.file = file, .system = clang_Location_isInSystemHeader(inside)};
    e.main = !strcmp(path, l->main_path);
    e.ir =
        ir_unit_file(l->ub, path, (e.system ? IR_FILE_SYSTEM : 0u) | (e.main ? IR_FILE_MAIN : 0u));
    free(path);
    at = l->nfiles;
    HP_GROW(l->files, l->nfiles, l->files_cap);
    l->files[l->nfiles++] = e;
    map_put(&l->file_map, file, at);
  }
  return &l->files[at];
}

const char *file_text(Lower *l, FileEntry *f, size_t *size) {
  if (!f->text)
    f->text = clang_getFileContents(l->tu, f->file, &f->size);
  *size = f->text ? f->size : 0;
  return f->text;
}

static uint16_t column(unsigned c) {
  return c > UINT16_MAX ? UINT16_MAX : (uint16_t)c;
}

/* Line and column of a place. Neighbouring nodes begin or end at the same places, and asking
 * libclang costs more than anything else here, so that a small cache pays. */
static const PlaceEntry *place_in_file(Lower *l, CXSourceLocation at) {
  PlaceEntry *e = &l->places[(at.int_data * 2654435761u) >> (32 - PLACE_CACHE_BITS)];
  if (e->at != at.int_data || !e->at) {
    CXFile file = NULL;
    unsigned line = 0, col = 0;
    clang_getExpansionLocation(at, &file, &line, &col, NULL);
    FileEntry *f = lower_file(l, file, at);
    *e = (PlaceEntry){at.int_data, f ? f->ir : IR_NONE, line, column(col)};
  }
  return e;
}

IrLoc lower_loc(Lower *l, CXCursor c) {
  CXSourceRange extent = clang_getCursorExtent(c);
  PlaceEntry from = *place_in_file(l, clang_getRangeStart(extent));
  if (from.file == IR_NONE)
    return (IrLoc){0};
  PlaceEntry to = *place_in_file(l, clang_getRangeEnd(extent));
  if (to.file != from.file || to.line < from.line ||
      (to.line == from.line && to.column < from.column))
    to = from;
  return (IrLoc){from.file, from.line, to.line, from.column, to.column};
}

IrLoc lower_point(Lower *l, CXSourceLocation location) {
  PlaceEntry at = *place_in_file(l, location);
  return at.file == IR_NONE ? (IrLoc){0} : (IrLoc){at.file, at.line, at.line, at.column, at.column};
}

void lower_at(Lower *l, NodeId n) {
  if (n == l->at || !ir_build_reachable(l->b))
    return;
  l->at = n;
  ir_build_at(l->b, lower_loc(l, node_cursor(l, n)));
}

static FileEntry *file_of(Lower *l, CXCursor c) {
  CXSourceLocation at = clang_getCursorLocation(c);
  CXFile file = NULL;
  clang_getExpansionLocation(at, &file, NULL, NULL, NULL);
  return lower_file(l, file, at);
}

bool lower_in_system(Lower *l, CXCursor c) {
  FileEntry *f = file_of(l, c);
  return !f || f->system;
}

bool lower_in_main(Lower *l, CXCursor c) {
  FileEntry *f = file_of(l, c);
  return f && f->main;
}

void lower_word(Lower *l, CXCursor c, char *word, size_t size) {
  CXFile file = NULL;
  unsigned offset = 0;
  CXSourceLocation at = clang_getRangeStart(clang_getCursorExtent(c));
  clang_getSpellingLocation(at, &file, NULL, NULL, &offset);
  word[0] = 0;
  FileEntry *f = lower_file(l, file, at);
  size_t length = 0, n = 0;
  const char *text = f ? file_text(l, f, &length) : NULL;
  if (!text)
    return;
  while (offset < length && n + 1 < size &&
         (isalnum((unsigned char)text[offset]) || text[offset] == '_'))
    word[n++] = text[offset++];
  word[n] = 0;
}
