/* Where code that a macro made was written.
 *
 * libclang names a token's place in the macro's body or in the arguments; which macro it was, and
 * where its use ends, is read off the text at the place of expansion. */
#include "analyzer/frontend/lower.h"
#include "analyzer/frontend/text.h"

#include <string.h>

/* The macro's use that begins at a spot. An identifier without brackets behind it is a whole use;
 * one that only ends up as a function-like macro's name takes the brackets, too. */
static MacroCall read_call(Lower *l, Spot s) {
  size_t size = 0;
  const char *text = file_text(l, &l->files[s.file], &size);
  if (!text || s.offset >= size)
    return (MacroCall){.end = s.offset};
  Text t = {text + s.offset, text + size};
  const char *name = t.at;
  text_skip_word(&t);
  MacroCall call = {.name = ir_unit_strn(l->ub, name, (size_t)(t.at - name))};
  call.end = (uint32_t)(t.at - text);
  text_skip_blank(&t);
  if (t.at < t.end && *t.at == '(' && text_skip_bracket(&t))
    call.end_brackets = (uint32_t)(t.at - text);
  return call;
}

static MacroCall call_at(Lower *l, Spot s) {
  const void *key = (const void *)(((uintptr_t)s.file + 1) << 32 | s.offset);
  uint32_t at = map_get(&l->call_map, key);
  if (at == MAP_NONE) {
    MacroCall call = read_call(l, s);
    at = l->ncalls;
    HP_GROW(l->calls, l->ncalls, l->calls_cap);
    l->calls[l->ncalls++] = call;
    map_put(&l->call_map, key, at);
  }
  return l->calls[at];
}

/* Does what ends there end with the macro's use that begins at `from`? The end of a token in the
 * body is libclang's end of the use; the end of one in an argument is still in the macro. */
static bool ends_in_macro(Lower *l, Spot from, CXSourceLocation end) {
  Spot to = spot_of(l, end);
  if (to.file != from.file)
    return false;
  if (end.int_data & LOCATION_IN_MACRO)
    return to.offset == from.offset;
  MacroCall call = call_at(l, from);
  return to.offset && (to.offset == call.end || to.offset == call.end_brackets);
}

static IrMacro written_at(Lower *l, CXSourceLocation at, Spot use) {
  MacroCall call = call_at(l, use);
  IrMacro m = {.name = call.name};
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getSpellingLocation(at, &file, NULL, NULL, &offset);
  if (!file)
    return m;
  Spot s = {.file = map_get(&l->file_map, file), .offset = offset};
  if (s.file == MAP_NONE)
    s.file = (uint32_t)(lower_file(l, file, clang_getNullLocation()) - l->files);
  uint32_t column;
  m.file = file_in_unit(l, s.file);
  m.line = spot_line(l, s, &column);
  m.column = column > UINT16_MAX ? UINT16_MAX : (uint16_t)column;
  if (s.file == use.file && offset > use.offset && offset < call.end_brackets)
    m.flags = IR_MACRO_ARGUMENT;
  return m;
}

uint32_t macro_of_point(Lower *l, CXSourceLocation at) {
  MacroEntry *e = macro_entry(l, at);
  if (e->macro == IR_NONE)
    e->macro = e->spot.file == IR_NONE ? 0 : ir_unit_macro(l->ub, written_at(l, at, e->spot));
  return e->macro;
}

uint32_t macro_of_range(Lower *l, CXCursor c, CXSourceLocation first, CXSourceLocation end) {
  if (!ends_in_macro(l, macro_entry(l, first)->spot, end))
    return 0;
  if (c.kind == CXCursor_MemberRefExpr) {
    CXSourceLocation name = clang_getCursorLocation(c);
    if (name.int_data & LOCATION_IN_MACRO)
      first = name;
  }
  return macro_of_point(l, first);
}
