/* Debug locations resolved to function, line and column. The C API has no call for a scope's
 * parent, so scopes are climbed through their operands, each once. */
#include "analyzer/witness/witness.h"

#include "analyzer/project/project.h"

#include <stdlib.h>
#include <string.h>

/* ---- pointers to numbers --------------------------------------------------------------------- */

static uint32_t slot_of(const PtrNumbers *map, const void *key) {
  uint64_t hash = (uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15);
  uint32_t at = (uint32_t)(hash >> 32) & (map->cap - 1);
  while (map->slots[at].key && map->slots[at].key != key)
    at = (at + 1) & (map->cap - 1);
  return at;
}

static void make_room(PtrNumbers *map) {
  PtrNumbers old = *map;
  map->cap = old.cap ? old.cap * 2 : 64;
  map->slots = hp_calloc(map->cap, sizeof *map->slots);
  for (uint32_t i = 0; i < old.cap; i++)
    if (old.slots[i].key)
      map->slots[slot_of(map, old.slots[i].key)] = old.slots[i];
  free(old.slots);
}

uint32_t *ptr_number(PtrNumbers *map, const void *key, bool *fresh) {
  if (map->count * 2 >= map->cap)
    make_room(map);
  PtrNumber *slot = &map->slots[slot_of(map, key)];
  *fresh = !slot->key;
  map->count += *fresh;
  slot->key = key;
  return &slot->value;
}

uint32_t ptr_find(const PtrNumbers *map, const void *key) {
  if (!map->cap)
    return IR_NONE;
  const PtrNumber *slot = &map->slots[slot_of(map, key)];
  return slot->key ? slot->value : IR_NONE;
}

/* ---- metadata -------------------------------------------------------------------------------- */

/* NULL when there is no such operand. */
static LLVMValueRef operand(LLVMContextRef context, LLVMMetadataRef node, unsigned index) {
  LLVMValueRef value = LLVMMetadataAsValue(context, node);
  unsigned count = LLVMGetMDNodeNumOperands(value);
  if (index >= count)
    return NULL;
  LLVMValueRef *all = hp_calloc(count, sizeof(LLVMValueRef));
  LLVMGetMDNodeOperands(value, all);
  LLVMValueRef one = all[index];
  free((void *)all);
  return one;
}

const char *scopes_name(const Scopes *s, LLVMMetadataRef function, HpArena *arena) {
  enum { NAME = 2 };
  LLVMValueRef name = function ? operand(s->context, function, NAME) : NULL;
  unsigned length = 0;
  const char *text = name ? LLVMGetMDString(name, &length) : NULL;
  char *copy = HP_NEW(arena, char, length + 1);
  if (text)
    memcpy(copy, text, length);
  return copy;
}

static const char *file_path(Scopes *s, LLVMMetadataRef file) {
  bool fresh;
  uint32_t *number = ptr_number(&s->file_numbers, file, &fresh);
  if (!fresh)
    return s->files[*number];
  unsigned nname, nfolder;
  const char *name = LLVMDIFileGetFilename(file, &nname);
  const char *folder = LLVMDIFileGetDirectory(file, &nfolder);
  char *name_text = hp_strndup(name ? name : "", name ? nname : 0);
  char *folder_text = hp_strndup(folder ? folder : "/", folder ? nfolder : 1);
  char *path = path_absolute(name_text, folder_text);
  HP_GROW(s->files, s->nfiles, s->files_cap);
  *number = s->nfiles;
  s->files[s->nfiles++] = hp_arena_strdup(s->arena, path);
  free(path);
  free(name_text);
  free(folder_text);
  return s->files[s->nfiles - 1];
}

static LLVMMetadataRef function_of(const Scopes *s, LLVMMetadataRef scope) {
  enum { PARENT = 1, MOST = 1000 };
  for (int i = 0; scope && i < MOST; i++) {
    LLVMMetadataKind kind = LLVMGetMetadataKind(scope);
    if (kind == LLVMDISubprogramMetadataKind)
      return scope;
    if (kind != LLVMDILexicalBlockMetadataKind && kind != LLVMDILexicalBlockFileMetadataKind)
      return NULL;
    LLVMValueRef parent = operand(s->context, scope, PARENT);
    scope = parent ? LLVMValueAsMetadata(parent) : NULL;
  }
  return NULL;
}

static const Scope *scope_of(Scopes *s, LLVMMetadataRef location) {
  LLVMMetadataRef scope = LLVMDILocationGetScope(location);
  bool fresh;
  uint32_t *number = ptr_number(&s->numbers, scope, &fresh);
  if (fresh) {
    LLVMMetadataRef file = LLVMDIScopeGetFile(scope);
    HP_GROW(s->items, s->count, s->cap);
    *number = s->count;
    s->items[s->count++] = (Scope){function_of(s, scope), file ? file_path(s, file) : ""};
  }
  return &s->items[*number];
}

static bool is_location(LLVMMetadataRef location) {
  return location && LLVMGetMetadataKind(location) == LLVMDILocationMetadataKind;
}

Place scopes_place(Scopes *s, LLVMMetadataRef location) {
  if (!is_location(location))
    return (Place){0};
  return (Place){scope_of(s, location)->function, LLVMDILocationGetLine(location),
                 LLVMDILocationGetColumn(location)};
}

const char *scopes_file(Scopes *s, LLVMMetadataRef location) {
  return is_location(location) ? scope_of(s, location)->file : "";
}

void scopes_free(Scopes *s) {
  free(s->numbers.slots);
  free(s->file_numbers.slots);
  free(s->items);
  free((void *)s->files);
}
