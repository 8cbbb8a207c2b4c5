/* The flattened index of a binary's debug information: see symbols.h.
 *
 * Ranges of functions and inlined bodies come from a walk over the DIE tree (dwfl's address look-up
 * needs .debug_aranges, which clang does not write, and dwarf_getscopes leaves an inlined body for
 * its abstract function). They nest; a sweep turns them into disjoint segments, each with its
 * innermost range, from which parents lead outward. */
#include "db/symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Range {
  uint64_t lo, hi;
  uint32_t parent; /* index + 1; 0: none */
  uint32_t depth, call_line, defined_at;
  const char *name, *call_file, *defined_in;
} Range;
typedef struct Segment {
  uint64_t lo, hi;
  uint32_t range;
} Segment;
typedef struct LineRow {
  uint64_t address;
  uint32_t line, order;
  bool end;
  const char *file;
} LineRow;
typedef struct Symbol {
  uint64_t lo, hi;
  uint64_t limit; /* of one without a size: the end of its section */
  const char *name;
  int rank; /* lower is better among equals */
} Symbol;
typedef struct Load {
  uint64_t offset, vaddr, size, align;
  bool code;
} Load;

struct Symbols {
  char *path;
  Dwfl *dwfl;
  Dwfl_Module *module;
  GElf_Addr bias; /* of the ELF file inside the Dwfl */
  Load *loads;
  uint32_t nloads, loads_cap;
  bool indexed;
  Range *ranges;
  uint32_t nranges, ranges_cap;
  Segment *segments;
  uint32_t nsegments, segments_cap;
  LineRow *rows;
  uint32_t nrows, rows_cap;
  Symbol *symbols; /* by address */
  uint32_t nsymbols, symbols_cap;
  uint32_t *by_name;
  const char **sources; /* distinct */
  uint32_t nsources, sources_cap;
  bool sources_listed;
};

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

/* ---- opening -------------------------------------------------------------------------------- */

static void read_loads(Symbols *s) {
  Elf *elf = dwfl_module_getelf(s->module, &s->bias);
  size_t n = 0;
  if (!elf || elf_getphdrnum(elf, &n))
    return;
  for (size_t i = 0; i < n; i++) {
    GElf_Phdr ph;
    if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD)
      continue;
    HP_GROW(s->loads, s->nloads, s->loads_cap);
    bool aligned = ph.p_align && !(ph.p_align & (ph.p_align - 1));
    s->loads[s->nloads++] =
        (Load){ph.p_offset, ph.p_vaddr, ph.p_filesz, aligned ? ph.p_align : 1, ph.p_flags & PF_X};
  }
}

Symbols *symbols_open(const char *path, HpError *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0 || fstat(fd, &st)) {
    hp_fail(err, "%s: %s", path, strerror(errno));
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  Symbols *s = hp_calloc(1, sizeof *s);
  s->path = hp_strdup(path);
  if (S_ISREG(st.st_mode))
    s->dwfl = dwfl_begin(&callbacks);
  if (s->dwfl)
    s->module = dwfl_report_offline(s->dwfl, path, path, fd);
  if (!s->module) {
    close(fd);
    hp_fail(err, "%s: not a program or library", path);
    symbols_close(s);
    return NULL;
  }
  dwfl_report_end(s->dwfl, NULL, NULL);
  read_loads(s);
  return s;
}

void symbols_close(Symbols *s) {
  if (!s)
    return;
  if (s->dwfl)
    dwfl_end(s->dwfl);
  free(s->path);
  free(s->loads);
  free(s->ranges);
  free(s->segments);
  free(s->rows);
  free(s->symbols);
  free(s->by_name);
  free(s->sources);
  free(s);
}

const char *symbols_path(const Symbols *s) {
  return s->path;
}

uint32_t symbols_build_id(const Symbols *s, const uint8_t **id) {
  GElf_Addr where;
  int n = dwfl_module_build_id(s->module, id, &where);
  return n > 0 ? (uint32_t)n : 0;
}

/* The part of a page before a segment is mapped with it, though the file holds another segment's
 * bytes there: mappings start at such places, code does not. */
bool symbols_vaddr(const Symbols *s, uint64_t file_offset, uint64_t *vaddr) {
  const Load *best = NULL;
  for (uint32_t i = 0; i < s->nloads; i++) {
    const Load *l = &s->loads[i];
    uint64_t page = l->offset & ~(uint64_t)(l->align - 1);
    if (!l->code || file_offset < page || file_offset - page >= l->size + (l->offset - page))
      continue;
    if (!best || file_offset >= l->offset)
      best = l;
  }
  if (best)
    *vaddr = file_offset - best->offset + best->vaddr;
  return best != NULL;
}

bool symbols_offset(const Symbols *s, uint64_t vaddr, uint64_t *file_offset) {
  for (uint32_t i = 0; i < s->nloads; i++)
    if (vaddr >= s->loads[i].vaddr && vaddr - s->loads[i].vaddr < s->loads[i].size) {
      *file_offset = vaddr - s->loads[i].vaddr + s->loads[i].offset;
      return true;
    }
  return false;
}

static bool in_code(const Symbols *s, uint64_t vaddr) {
  for (uint32_t i = 0; i < s->nloads; i++)
    if (s->loads[i].code && vaddr >= s->loads[i].vaddr &&
        vaddr - s->loads[i].vaddr <= s->loads[i].size)
      return true;
  return false;
}

/* ---- functions and inlined bodies ----------------------------------------------------------- */

typedef struct Walk {
  Symbols *s;
  Dwarf_Addr bias; /* added to a DWARF address: link-time address */
  Dwarf_Files *files;
} Walk;

enum { WALK_DEPTH = 200 }; /* deeper nesting is a broken file */

/* Adds the ranges of a function or inlined body; returns the parent for what lies in it. */
static uint32_t add_ranges(Walk *w, Dwarf_Die *die, uint32_t parent, uint32_t depth) {
  Symbols *s = w->s;
  Range r = {.parent = parent, .depth = depth, .name = dwarf_diename(die)};
  Dwarf_Attribute attr;
  Dwarf_Word number;
  int line;
  if (!dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attr), &number))
    r.call_line = (uint32_t)number;
  if (w->files && !dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attr), &number))
    r.call_file = dwarf_filesrc(w->files, number, NULL, NULL);
  r.defined_in = dwarf_decl_file(die);
  if (!r.defined_in && w->files && /* libdw takes file 0, DWARF 5's first, for none */
      !dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_file, &attr), &number) && !number)
    r.defined_in = dwarf_filesrc(w->files, 0, NULL, NULL);
  if (!dwarf_decl_line(die, &line) && line > 0)
    r.defined_at = (uint32_t)line;
  Dwarf_Addr base, lo, hi;
  ptrdiff_t at = 0;
  uint32_t own = parent;
  while ((at = dwarf_ranges(die, at, &base, &lo, &hi)) > 0) {
    if (lo >= hi || !in_code(s, lo + w->bias))
      continue;
    r.lo = lo + w->bias;
    r.hi = hi + w->bias;
    HP_GROW(s->ranges, s->nranges, s->ranges_cap);
    s->ranges[s->nranges++] = r;
    own = s->nranges;
  }
  return own;
}

static void walk(Walk *w, Dwarf_Die *die, uint32_t parent, uint32_t depth) {
  Dwarf_Die child;
  if (depth > WALK_DEPTH || dwarf_child(die, &child))
    return;
  do {
    int tag = dwarf_tag(&child);
    uint32_t own = parent;
    if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) {
      own = add_ranges(w, &child, parent, depth);
      if (own == parent && tag == DW_TAG_subprogram)
        continue; /* an abstract function */
    } else if (tag != DW_TAG_lexical_block) {
      continue;
    }
    walk(w, &child, own, depth + 1);
  } while (!dwarf_siblingof(&child, &child));
}

static int range_order(const void *pa, const void *pb) {
  const Range *const *a = pa, *const *b = pb;
  if ((*a)->lo != (*b)->lo)
    return (*a)->lo < (*b)->lo ? -1 : 1;
  if ((*a)->depth != (*b)->depth)
    return (*a)->depth < (*b)->depth ? -1 : 1;
  return *a < *b ? -1 : *a > *b;
}

static void add_segment(Symbols *s, uint64_t lo, uint64_t hi, const Range *r) {
  if (lo >= hi)
    return;
  HP_GROW(s->segments, s->nsegments, s->segments_cap);
  s->segments[s->nsegments++] = (Segment){lo, hi, (uint32_t)(r - s->ranges)};
}

static void flatten(Symbols *s) {
  if (!s->nranges)
    return;
  const Range **order = hp_malloc(s->nranges * sizeof *order);
  const Range **stack = hp_malloc(s->nranges * sizeof *stack);
  for (uint32_t i = 0; i < s->nranges; i++)
    order[i] = &s->ranges[i];
  qsort(order, s->nranges, sizeof *order, range_order);
  uint32_t top = 0;
  uint64_t at = 0;
  for (uint32_t i = 0; i <= s->nranges; i++) {
    uint64_t start = i < s->nranges ? order[i]->lo : UINT64_MAX;
    while (top && stack[top - 1]->hi <= start) {
      const Range *r = stack[--top];
      add_segment(s, at, r->hi, r);
      if (at < r->hi)
        at = r->hi;
    }
    if (i == s->nranges)
      break;
    if (top)
      add_segment(s, at, start, stack[top - 1]);
    if (at < start)
      at = start;
    stack[top++] = order[i];
  }
  free(order);
  free(stack);
}

/* ---- lines ---------------------------------------------------------------------------------- */

static int row_order(const void *pa, const void *pb) {
  const LineRow *a = pa, *b = pb;
  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  if (a->end != b->end)
    return a->end ? -1 : 1; /* the end of one sequence, then the start of the next */
  return a->order < b->order ? -1 : a->order > b->order;
}

static void add_lines(Symbols *s, Dwarf_Die *unit, Dwarf_Addr bias) {
  Dwarf_Lines *lines;
  size_t n;
  if (dwarf_getsrclines(unit, &lines, &n))
    return;
  for (size_t i = 0; i < n; i++) {
    Dwarf_Line *l = dwarf_onesrcline(lines, i);
    Dwarf_Addr address;
    int line = 0;
    bool end = false;
    if (!l || dwarf_lineaddr(l, &address) || !in_code(s, address + bias))
      continue;
    dwarf_lineno(l, &line);
    dwarf_lineendsequence(l, &end);
    HP_GROW(s->rows, s->nrows, s->rows_cap);
    s->rows[s->nrows] = (LineRow){address + bias, line > 0 ? (uint32_t)line : 0, s->nrows, end,
                                  dwarf_linesrc(l, NULL, NULL)};
    s->nrows++;
  }
}

/* ---- symbols -------------------------------------------------------------------------------- */

static int symbol_order(const void *pa, const void *pb) {
  const Symbol *a = pa, *b = pb;
  if (a->lo != b->lo)
    return a->lo < b->lo ? -1 : 1;
  if (a->rank != b->rank)
    return a->rank < b->rank ? -1 : 1;
  return strcmp(a->name, b->name);
}

static int name_order(const void *pa, const void *pb, void *context) {
  const Symbols *s = context;
  uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
  int order = strcmp(s->symbols[a].name, s->symbols[b].name);
  return order ? order : a < b ? -1 : a > b;
}

static uint64_t section_end(Elf *elf, GElf_Word section) {
  GElf_Shdr header;
  Elf_Scn *scn = elf_getscn(elf, section);
  return scn && gelf_getshdr(scn, &header) ? header.sh_addr + header.sh_size : 0;
}

static void read_symbols(Symbols *s) {
  int n = dwfl_module_getsymtab(s->module);
  for (int i = 0; i < n; i++) {
    GElf_Sym sym;
    GElf_Addr address;
    GElf_Word section;
    Elf *elf = NULL;
    const char *name = dwfl_module_getsym_info(s->module, i, &sym, &address, &section, &elf, NULL);
    int type = GELF_ST_TYPE(sym.st_info), binding = GELF_ST_BIND(sym.st_info);
    if (!name || !*name || section == SHN_UNDEF ||
        (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE))
      continue;
    uint64_t lo = sym.st_value; /* link-time, unlike `address` */
    if (!in_code(s, lo) || (type == STT_NOTYPE && (sym.st_size == 0 && name[0] == '$')))
      continue;
    int rank = binding == STB_GLOBAL ? 0 : binding == STB_LOCAL ? 1 : 2;
    HP_GROW(s->symbols, s->nsymbols, s->symbols_cap);
    s->symbols[s->nsymbols++] =
        (Symbol){lo, lo + sym.st_size, sym.st_size ? 0 : section_end(elf, section), name,
                 rank + (type == STT_NOTYPE ? 4 : 0)};
  }
  if (!s->nsymbols)
    return;
  qsort(s->symbols, s->nsymbols, sizeof *s->symbols, symbol_order);
  s->by_name = hp_malloc(s->nsymbols * sizeof *s->by_name);
  for (uint32_t i = 0; i < s->nsymbols; i++) {
    s->by_name[i] = i;
    if (s->symbols[i].hi != s->symbols[i].lo)
      continue;
    uint32_t next = i + 1; /* hand-written code has no sizes: up to the next symbol */
    while (next < s->nsymbols && s->symbols[next].lo == s->symbols[i].lo)
      next++;
    s->symbols[i].hi = s->symbols[i].limit;
    if (next < s->nsymbols && s->symbols[next].lo < s->symbols[i].hi)
      s->symbols[i].hi = s->symbols[next].lo;
  }
  qsort_r(s->by_name, s->nsymbols, sizeof *s->by_name, name_order, s);
}

/* ---- the index ------------------------------------------------------------------------------ */

static void build_index(Symbols *s) {
  if (s->indexed)
    return;
  s->indexed = true;
  read_symbols(s);
  Dwarf_Die *unit = NULL;
  Dwarf_Addr bias;
  while ((unit = dwfl_module_nextcu(s->module, unit, &bias))) {
    Walk w = {s, bias - s->bias, NULL};
    size_t n;
    if (dwarf_getsrcfiles(unit, &w.files, &n))
      w.files = NULL;
    walk(&w, unit, 0, 0);
    add_lines(s, unit, w.bias);
  }
  flatten(s);
  if (s->nrows)
    qsort(s->rows, s->nrows, sizeof *s->rows, row_order);
}

bool symbols_has_lines(Symbols *s) {
  build_index(s);
  return s->nrows > 0;
}

static const LineRow *find_row(const Symbols *s, uint64_t vaddr) {
  uint32_t lo = 0, hi = s->nrows;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (s->rows[mid].address <= vaddr)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo && !s->rows[lo - 1].end ? &s->rows[lo - 1] : NULL;
}

static const Range *find_range(const Symbols *s, uint64_t vaddr) {
  uint32_t lo = 0, hi = s->nsegments;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (s->segments[mid].lo <= vaddr)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo && vaddr < s->segments[lo - 1].hi ? &s->ranges[s->segments[lo - 1].range] : NULL;
}

static const Symbol *find_symbol(const Symbols *s, uint64_t vaddr) {
  uint32_t lo = 0, hi = s->nsymbols;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (s->symbols[mid].lo <= vaddr)
      lo = mid + 1;
    else
      hi = mid;
  }
  if (!lo)
    return NULL;
  uint32_t at = lo - 1;
  while (at && s->symbols[at - 1].lo == s->symbols[lo - 1].lo)
    at--;
  return vaddr < s->symbols[at].hi ? &s->symbols[at] : NULL;
}

uint32_t symbols_lookup(Symbols *s, uint64_t vaddr, SymFrame *frames) {
  build_index(s);
  const Range *r = find_range(s, vaddr);
  const LineRow *row = find_row(s, vaddr);
  if (!r) {
    const Symbol *symbol = find_symbol(s, vaddr);
    if (!symbol && !row)
      return 0;
    frames[0] = (SymFrame){.function = symbol ? symbol->name : NULL,
                           .file = row ? row->file : NULL,
                           .line = row ? row->line : 0};
    return 1;
  }
  uint32_t n = 0;
  const char *file = row ? row->file : NULL;
  uint32_t line = row ? row->line : 0;
  while (n < SYMBOLS_MAX_FRAMES) {
    frames[n++] = (SymFrame){r->name, file, r->defined_in, line, r->defined_at};
    file = r->call_file;
    line = r->call_line;
    if (!r->parent)
      break;
    r = &s->ranges[r->parent - 1];
  }
  return n;
}

bool symbols_find(Symbols *s, const char *name, uint32_t nth, uint64_t *vaddr, uint64_t *size) {
  build_index(s);
  uint32_t lo = 0, hi = s->nsymbols;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (strcmp(s->symbols[s->by_name[mid]].name, name) < 0)
      lo = mid + 1;
    else
      hi = mid;
  }
  if (nth >= s->nsymbols - lo || strcmp(s->symbols[s->by_name[lo + nth]].name, name))
    return false;
  const Symbol *symbol = &s->symbols[s->by_name[lo + nth]];
  *vaddr = symbol->lo;
  *size = symbol->hi - symbol->lo;
  return true;
}

static int text_order(const void *pa, const void *pb) {
  return strcmp(*(const char *const *)pa, *(const char *const *)pb);
}

static void list_sources(Symbols *s) {
  s->sources_listed = true;
  for (uint32_t i = 0; i < s->nrows; i++) {
    if (!s->rows[i].file || (i && s->rows[i].file == s->rows[i - 1].file))
      continue;
    HP_GROW(s->sources, s->nsources, s->sources_cap);
    s->sources[s->nsources++] = s->rows[i].file;
  }
  if (!s->nsources)
    return;
  qsort(s->sources, s->nsources, sizeof *s->sources, text_order);
  uint32_t n = 1;
  for (uint32_t i = 1; i < s->nsources; i++)
    if (strcmp(s->sources[i], s->sources[n - 1]))
      s->sources[n++] = s->sources[i];
  s->nsources = n;
}

const char *symbols_source(Symbols *s, const char *name) {
  build_index(s);
  if (!s->sources_listed)
    list_sources(s);
  const char *found = NULL;
  size_t n = strlen(name);
  for (uint32_t i = 0; i < s->nsources; i++) {
    size_t m = strlen(s->sources[i]);
    if (m <= n || s->sources[i][m - n - 1] != '/' || strcmp(s->sources[i] + m - n, name))
      continue;
    if (found)
      return NULL;
    found = s->sources[i];
  }
  return found;
}
