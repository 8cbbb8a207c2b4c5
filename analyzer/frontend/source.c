/* Places in the source, the files they lie in, and the text of those files.
 *
 * Asking libclang for the line and column of a place costs more than lowering what stands there.
 * Its raw location, though, is an offset into all texts laid end to end, so that one question for
 * every inclusion of a file tells where all places in it are; lines are counted here. */
#include "analyzer/frontend/lower.h"
#include "analyzer/project/project.h"
#include "ir/files.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ----------------------------------------------------------------------------------- */

static uint32_t flags_of(Lower *l, FileEntry *f) {
  size_t size;
  const char *text = f->system ? NULL : file_text(l, f, &size);
  return (f->system ? IR_FILE_SYSTEM : 0u) | (f->main ? IR_FILE_MAIN : 0u) |
         (text && hp_says_generated(text, size) ? IR_FILE_GENERATED : 0u);
}

/* `inside`: a place in the file, or none, or one in a macro that may come from elsewhere. The
 * preamble's files are asked about there: libclang goes through all that comes from it to find one
 * of their places. */
static bool is_system_file(Lower *l, CXFile file, const char *path, CXSourceLocation inside) {
  const FrontendFile *known = l->preamble ? preamble_file(l->preamble, path) : NULL;
  if (known)
    return known->system;
  if (!inside.int_data || inside.int_data & LOCATION_IN_MACRO)
    inside = clang_getLocationForOffset(l->tu, file, 0);
  return clang_Location_isInSystemHeader(inside);
}

static uint32_t file_index(Lower *l, CXFile file, CXSourceLocation inside) {
  if (!file)
    return IR_NONE;
  uint32_t at = map_get(&l->file_map, file);
  if (at == MAP_NONE) {
    CXString name = clang_getFileName(file);
    FileEntry e = {
        .file = file, .ir = IR_NONE, .path = path_absolute(clang_getCString(name), l->directory)};
    clang_disposeString(name);
    e.main = !strcmp(e.path, l->main_path);
    e.system = is_system_file(l, file, e.path, inside);
    at = l->nfiles;
    HP_GROW(l->files, l->nfiles, l->files_cap);
    l->files[l->nfiles++] = e;
    map_put(&l->file_map, file, at);
  }
  return at;
}

uint32_t file_in_unit(Lower *l, uint32_t file) {
  FileEntry *f = &l->files[file];
  if (f->ir == IR_NONE) {
    char *spelt = l->spell ? l->spell(f->path) : NULL;
    f->ir = ir_unit_file(l->ub, spelt ? spelt : f->path, flags_of(l, f));
    free(spelt);
  }
  return f->ir;
}

FileEntry *lower_file(Lower *l, CXFile file, CXSourceLocation inside) {
  uint32_t at = file_index(l, file, inside);
  return at == IR_NONE ? NULL : &l->files[at];
}

const char *file_text(Lower *l, FileEntry *f, size_t *size) {
  if (!f->text)
    f->text = contents_of(l->contents, f->file, &f->size);
  *size = f->text ? f->size : 0;
  return f->text;
}

/* ---- lines ----------------------------------------------------------------------------------- */

enum { LINE_BLOCK = 128 };
typedef uint8_t Lanes __attribute__((vector_size(16)));

static unsigned newlines_in_block(const char *text) {
  const Lanes newline = (Lanes){0} + '\n';
  Lanes found = {0};
  for (size_t i = 0; i < LINE_BLOCK; i += sizeof(Lanes)) {
    Lanes bytes;
    memcpy(&bytes, text + i, sizeof bytes);
    found -= (Lanes)(bytes == newline);
  }
  uint64_t halves[2];
  memcpy(halves, &found, sizeof halves);
  return (halves[0] + halves[1]) * 0x0101010101010101 >> 56;
}

/* Lines end in \n, \r\n or a lone \r, as clang has it. */
static bool ends_line(const FileEntry *f, size_t at) {
  return f->text[at] == '\n' ||
         (f->text[at] == '\r' && (at + 1 == f->size || f->text[at + 1] != '\n'));
}

static uint32_t line_ends(const FileEntry *f, size_t from, size_t to) {
  uint32_t count = 0;
  for (size_t at = from; at < to; at++)
    count += ends_line(f, at);
  return count;
}

static void find_lines(Lower *l, FileEntry *f) {
  size_t size = 0;
  const char *text = file_text(l, f, &size);
  size_t count = size / LINE_BLOCK + 1;
  f->returns = size && memchr(text, '\r', size);
  f->blocks = hp_malloc(count * sizeof *f->blocks);
  f->blocks[0] = 0;
  for (size_t i = 1; i < count; i++)
    f->blocks[i] =
        f->blocks[i - 1] + (f->returns ? line_ends(f, (i - 1) * LINE_BLOCK, i * LINE_BLOCK)
                                       : newlines_in_block(text + (i - 1) * LINE_BLOCK));
}

/* Where the line starts that the place is on, and where the next one does (0: there is none). */
static size_t start_of_line(const FileEntry *f, size_t at) {
  if (!f->returns) {
    const char *end = at ? memrchr(f->text, '\n', at) : NULL;
    return end ? (size_t)(end - f->text) + 1 : 0;
  }
  while (at && !ends_line(f, at - 1))
    at--;
  return at;
}

static size_t start_of_next(const FileEntry *f, size_t at) {
  if (!f->returns) {
    const char *end = at < f->size ? memchr(f->text + at, '\n', f->size - at) : NULL;
    return end ? (size_t)(end - f->text) + 1 : 0;
  }
  while (at < f->size && !ends_line(f, at))
    at++;
  return at < f->size ? at + 1 : 0;
}

/* A place behind the end is on the last line. */
static void find_line(FileEntry *f, size_t offset) {
  size_t at = offset < f->size ? offset : f->size;
  size_t block = at / LINE_BLOCK, next = start_of_next(f, at);
  f->line = f->blocks[block] + line_ends(f, block * LINE_BLOCK, at);
  f->line_start = (uint32_t)start_of_line(f, at);
  f->next_start = next ? (uint32_t)next : UINT32_MAX;
}

/* Most places are on the line of the one before. */
uint32_t spot_line(Lower *l, Spot s, uint32_t *column) {
  FileEntry *f = &l->files[s.file];
  if (!f->blocks)
    find_lines(l, f);
  if (s.offset < f->line_start || s.offset >= f->next_start)
    find_line(f, s.offset);
  *column = s.offset - f->line_start + 1;
  return f->line + 1;
}

/* ---- spots ----------------------------------------------------------------------------------- */

static Spot ask_spot(Lower *l, CXSourceLocation at) {
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getExpansionLocation(at, &file, NULL, NULL, &offset);
  return (Spot){file_index(l, file, at), offset};
}

static bool inside(const Inclusion *i, unsigned raw) {
  return raw >= i->first && raw <= i->last;
}

/* The inclusion around a location, from those met so far; NULL if it is none of them. */
static const Inclusion *find_inclusion(Lower *l, unsigned raw, uint32_t *where) {
  if (l->ninclusions && inside(&l->inclusions[l->last_inclusion], raw))
    return &l->inclusions[l->last_inclusion];
  uint32_t low = 0, high = l->ninclusions; /* the first that ends at or behind it */
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (l->inclusions[middle].last < raw)
      low = middle + 1;
    else
      high = middle;
  }
  *where = low;
  if (low == l->ninclusions || !inside(&l->inclusions[low], raw))
    return NULL;
  l->last_inclusion = low;
  return &l->inclusions[low];
}

/* Locations are what they are taken for: the last one of the inclusion is the file's last byte. */
static bool is_linear(Lower *l, CXSourceLocation at, const Inclusion *new) {
  const FileEntry *f = &l->files[new->file];
  if (!f->size || f->size > UINT32_MAX / 4)
    return false;
  at.int_data = new->last - 1;
  Spot end = ask_spot(l, at);
  return end.file == new->file &&end.offset == f->size - 1;
}

static void learn_inclusion(Lower *l, CXSourceLocation at, Spot spot, uint32_t where) {
  size_t size = 0;
  if (!file_text(l, &l->files[spot.file], &size) || spot.offset > at.int_data)
    return;
  Inclusion new = {.first = at.int_data - spot.offset, .file = spot.file};
  new.last = new.first + (unsigned)size;
  if (!is_linear(l, at, &new))
    return;
  HP_GROW(l->inclusions, l->ninclusions, l->inclusions_cap);
  memmove(&l->inclusions[where + 1], &l->inclusions[where],
          (l->ninclusions - where) * sizeof *l->inclusions);
  l->inclusions[where] = new;
  l->ninclusions++;
  l->last_inclusion = where;
}

MacroEntry *macro_entry(Lower *l, CXSourceLocation at) {
  MacroEntry *e = &l->macros[(at.int_data * 2654435761u) >> (32 - MACRO_CACHE_BITS)];
  if (e->at != at.int_data)
    *e = (MacroEntry){at.int_data, IR_NONE, ask_spot(l, at)};
  return e;
}

Spot spot_of(Lower *l, CXSourceLocation at) {
  if (at.int_data & LOCATION_IN_MACRO)
    return macro_entry(l, at)->spot;
  if (!at.int_data)
    return (Spot){.file = IR_NONE};
  uint32_t where = 0;
  const Inclusion *in = find_inclusion(l, at.int_data, &where);
  if (in)
    return (Spot){in->file, at.int_data - in->first};
  Spot spot = ask_spot(l, at);
  if (spot.file != IR_NONE)
    learn_inclusion(l, at, spot, where);
  return spot;
}

/* ---- places ---------------------------------------------------------------------------------- */

static uint16_t column(uint32_t c) {
  return c > UINT16_MAX ? UINT16_MAX : (uint16_t)c;
}

static IrLoc point(Lower *l, Spot s) {
  uint32_t col = 0, line = spot_line(l, s, &col);
  return (IrLoc){file_in_unit(l, s.file), line, line, column(col), column(col), 0};
}

static IrLoc between(Lower *l, Spot from, Spot to) {
  IrLoc loc = point(l, from);
  if (to.file == from.file && to.offset > from.offset) {
    uint32_t col;
    loc.end_line = spot_line(l, to, &col);
    loc.end_column = column(col);
  }
  return loc;
}

static IrLoc range(Lower *l, CXCursor c, CXSourceLocation first, CXSourceLocation end) {
  Spot from = spot_of(l, first);
  if (from.file == IR_NONE)
    return (IrLoc){0};
  IrLoc loc = between(l, from, spot_of(l, end));
  if (first.int_data & LOCATION_IN_MACRO)
    loc.macro = macro_of_range(l, c, first, end);
  return loc;
}

IrLoc lower_loc(Lower *l, CXCursor c) {
  CXSourceRange extent = clang_getCursorExtent(c);
  return range(l, c, clang_getRangeStart(extent), clang_getRangeEnd(extent));
}

IrLoc lower_point(Lower *l, CXSourceLocation location) {
  Spot at = spot_of(l, location);
  if (at.file == IR_NONE)
    return (IrLoc){0};
  IrLoc loc = point(l, at);
  if (location.int_data & LOCATION_IN_MACRO)
    loc.macro = macro_of_point(l, location);
  return loc;
}

static bool is_operator(const Lower *l, NodeId n) {
  enum CXCursorKind kind = node_kind(l, n);
  return kind == CXCursor_BinaryOperator && node_kids(l, n) == 2;
}

/* Is this the top, or a part, of a long row of operators such as a + b + c ...? libclang goes down
 * all of it to find the beginning, which they share, and would do so for each. Operands are lowered
 * first, so that the row is known when the operators above ask. */
static bool in_long_row(Lower *l, NodeId n) {
  enum { LONG = 16 };
  Tree *t = &l->tree;
  if (!is_operator(l, n))
    return false;
  if (n + 1 == t->spine && t->spine < t->leaf)
    t->spine = n;
  if (n >= t->spine && n < t->leaf)
    return true;
  NodeId leaf = n;
  while (is_operator(l, leaf))
    leaf++;
  if (leaf - n < LONG)
    return false;
  t->spine = n;
  t->leaf = leaf;
  t->spine_first = clang_getRangeStart(clang_getCursorExtent(node_cursor(l, leaf)));
  return true;
}

static IrLoc place_of_node(void *context, uint32_t n) {
  Lower *l = context;
  if (in_long_row(l, n)) {
    CXSourceRange right = clang_getCursorExtent(node_cursor(l, node_next(l, n + 1)));
    return range(l, node_cursor(l, n), l->tree.spine_first, clang_getRangeEnd(right));
  }
  return lower_loc(l, node_cursor(l, n));
}

void lower_at(Lower *l, NodeId n) {
  if (n == l->at || !ir_build_reachable(l->b))
    return;
  l->at = n;
  ir_build_at_node(l->b, place_of_node, l, n);
}

static const FileEntry *file_of(Lower *l, CXCursor c) {
  Spot s = spot_of(l, clang_getCursorLocation(c));
  return s.file == IR_NONE ? NULL : &l->files[s.file];
}

bool lower_in_system(Lower *l, CXCursor c) {
  const FileEntry *f = file_of(l, c);
  return !f || f->system;
}

bool lower_in_main(Lower *l, CXCursor c) {
  const FileEntry *f = file_of(l, c);
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
