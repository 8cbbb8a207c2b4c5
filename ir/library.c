/* The known library functions as an array; library.def says what they do. */
#include "ir/program_parts.h"

#include <string.h>

/* Short names for the rows. */
enum {
  ALLOCATES = PG_ALLOCATES,
  FREES = PG_FREES,
  FRESH = PG_FRESH,
  GROWS = PG_GROWS,
  BLOCKS = PG_BLOCKS,
  IO = PG_IO,
  LOCKS = PG_LOCKS,
  UNLOCKS = PG_UNLOCKS,
  PURE = PG_PURE,
  NORETURN = PG_NORETURN,
  CLEAN = LIB_CLEAN,
  CALLS_BACK = LIB_CALLS_BACK,
  A0 = 1,
  A1 = 2,
  A2 = 4,
  A3 = 8,
  A4 = 16,
  ALL = 0xffff,
};

#define NO_ROLES
#define SIZE(n) .size_arg = (n) + 1,
#define COUNT(n) .count_arg = (n) + 1,
#define FREED(n) .freed_arg = (n) + 1,
#define RETURNS(n) .returned = (n) + 1,
#define OUT(n) .out_fresh = (n) + 1,
#define KEEPS(mask) .keeps = (uint16_t)(mask),
#define WRITES(mask) .writes = (uint16_t)(mask),
#define CALLS(mask) .calls = (uint16_t)(mask),
#define LATER(mask) .later = (uint16_t)(mask),
#define BYTES(mask) .bytes = (uint16_t)(mask),
#define LIB(function, what, roles) {.name = #function, .flags = (what), roles},

const LibFunction lib_functions[] = {
#include "ir/library.def"
};
const uint32_t lib_count = sizeof lib_functions / sizeof *lib_functions;

/* The row's name behind a variant's: "__builtin___memcpy_chk" is memcpy. In `out`, of `size` bytes;
 * false when the name is too long to be one. */
static bool plain_name(const char *name, char *out, size_t size) {
  static const char *const prefixes[] = {"__builtin_", "__isoc99_", "__isoc23_", "__"};
  bool fortified = false;
  size_t n = strlen(name);
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    size_t k = strlen(prefixes[i]);
    if (n > k && !strncmp(name, prefixes[i], k)) {
      name += k;
      n -= k;
      fortified = true;
    }
  }
  if (fortified && n > 4 && !strcmp(name + n - 4, "_chk"))
    n -= 4;
  if (n >= size)
    return false;
  memcpy(out, name, n);
  out[n] = 0;
  return true;
}

static const LibFunction *row(const PgNames *names, const char *name) {
  uint32_t id = pg_lookup(names, name);
  return id < lib_count ? &lib_functions[id] : NULL;
}

const LibFunction *lib_find(const PgNames *names, const char *name) {
  static const char *const allocators[] = {"je_", "mi_", "tc_", "rp", "scalable_"};
  const LibFunction *found = row(names, name);
  if (found)
    return found;
  for (size_t i = 0; i < sizeof allocators / sizeof *allocators; i++) {
    size_t k = strlen(allocators[i]);
    if (!strncmp(name, allocators[i], k)) {
      found = row(names, name + k);
      if (found && found->flags & (PG_ALLOCATES | PG_FREES))
        return found;
    }
  }
  char plain[64];
  return name[0] == '_' && plain_name(name, plain, sizeof plain) ? row(names, plain) : NULL;
}

static uint8_t own_arg(int8_t own, uint8_t known) {
  return own < 0 ? known : (uint8_t)(own + 1);
}

LibFunction lib_own_row(const PgNames *names, const PgLibraryRow *row) {
  const LibFunction *like = row->like ? lib_find(names, row->like) : NULL;
  LibFunction lib = like ? *like : (LibFunction){.name = row->name};
  lib.name = row->name;
  lib.flags |= row->flags;
  lib.size_arg = own_arg(row->size_arg, lib.size_arg);
  lib.count_arg = own_arg(row->count_arg, lib.count_arg);
  lib.freed_arg = own_arg(row->freed_arg, lib.freed_arg);
  return lib;
}

bool pg_library_knows(const char *name) {
  for (uint32_t i = 0; i < lib_count; i++)
    if (!strcmp(lib_functions[i].name, name))
      return true;
  return false;
}

const char *pg_library_nearest(const char *name) {
  const char *best = lib_functions[0].name;
  for (uint32_t i = 1; i < lib_count; i++)
    if (hp_word_distance(name, lib_functions[i].name) < hp_word_distance(name, best))
      best = lib_functions[i].name;
  return best;
}
