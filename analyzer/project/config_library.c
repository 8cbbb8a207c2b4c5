/* `library:` of .hplint.yaml: what functions do that hplint cannot see into, or sees too little of:
 *
 *   library:
 *     my_alloc: malloc                       # as a function that hplint knows
 *     arena_new: {size: 1, freed-by: arena_free}
 *     db_commit: {commit: true} */
#include "analyzer/project/config_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ARG = 15 };

typedef enum Role {
  LIKE,
  SIZE,
  COUNT,
  FREES,
  FREED_BY,
  RESIZES,
  FRESH,
  PURE,
  BLOCKS,
  INPUT_OUTPUT,
  LOCKS,
  NO_RETURN,
  COMMIT,
  ROLES
} Role;
static const char *const role_names[ROLES] = {"like",    "size",     "count", "frees",  "freed-by",
                                              "resizes", "fresh",    "pure",  "blocks", "io",
                                              "locks",   "noreturn", "commit"};

typedef struct RowReader {
  const ConfigReader *r;
  const char *function;
  PgLibraryRow row;
  const char *freed_by;
  uint32_t seen; /* bit k: role k */
} RowReader;

/* ---- rows ------------------------------------------------------------------------------------ */

static PgLibraryRow empty_row(const char *name) {
  return (PgLibraryRow){.name = name, .size_arg = -1, .count_arg = -1, .freed_arg = -1};
}

static bool add_row(const ConfigReader *r, const yaml_node_t *key, const PgLibraryRow *row) {
  ProjectConfig *c = r->out;
  for (uint32_t i = 0; i < c->nlibrary; i++)
    if (!strcmp(c->library[i].name, row->name))
      return config_bad(r, key, "library: %s: given twice", row->name);
  HP_GROW(c->library, c->nlibrary, c->library_cap);
  c->library[c->nlibrary] = *row;
  c->library[c->nlibrary].name = hp_strdup(row->name);
  c->library[c->nlibrary++].like = row->like ? hp_strdup(row->like) : NULL;
  return true;
}

void config_library_free(ProjectConfig *c) {
  for (uint32_t i = 0; i < c->nlibrary; i++) {
    free((char *)(uintptr_t)c->library[i].name);
    free((char *)(uintptr_t)c->library[i].like);
  }
  free(c->library);
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool is_name(const char *text) {
  if (!text || !*text || (*text >= '0' && *text <= '9'))
    return false;
  for (; *text; text++)
    if (!strchr("_$", *text) && !(*text >= '0' && *text <= '9') &&
        !((*text | 32) >= 'a' && (*text | 32) <= 'z'))
      return false;
  return true;
}

static bool known_function(const RowReader *w, const yaml_node_t *node, const char *text) {
  if (!text || !*text)
    return config_bad(w->r, node, "library: %s: like: the name of a function is expected",
                      w->function);
  if (pg_library_knows(text))
    return true;
  const char *near = pg_library_nearest(text);
  if (hp_word_distance(text, near) < 4)
    return config_bad(w->r, node,
                      "library: %s: \"%s\" is no function that hplint knows; did you mean \"%s\"?",
                      w->function, text, near);
  return config_bad(w->r, node, "library: %s: \"%s\" is no function that hplint knows", w->function,
                    text);
}

/* Arguments count from 1, as in the compiler's attribute alloc_size. */
static bool read_argument(const RowReader *w, const char *role, const yaml_node_t *node,
                          int8_t *out) {
  const char *text = config_scalar(node);
  char *end = NULL;
  unsigned long n = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
  if (!n || n > MAX_ARG || *end)
    return config_bad(
        w->r, node, "library: %s: %s: the number of an argument is expected, 1 to %d%s%s%s",
        w->function, role, MAX_ARG, text ? ", not \"" : "", text ? text : "", text ? "\"" : "");
  *out = (int8_t)(n - 1);
  return true;
}

static bool read_flag(RowReader *w, const char *role, const yaml_node_t *node, uint32_t flag) {
  const char *text = config_scalar(node);
  if (text && !strcmp(text, "true")) {
    w->row.flags |= flag;
    return true;
  }
  if (text && !strcmp(text, "false"))
    return true;
  return config_bad(w->r, node, "library: %s: %s: true or false is expected%s%s%s", w->function,
                    role, text ? ", not \"" : "", text ? text : "", text ? "\"" : "");
}

static bool read_role(RowReader *w, Role role, const yaml_node_t *value) {
  const char *name = role_names[role];
  switch (role) {
  case LIKE:
    w->row.like = config_scalar(value);
    return known_function(w, value, w->row.like);
  case SIZE:
    w->row.flags |= PG_ALLOCATES | PG_FRESH;
    return read_argument(w, name, value, &w->row.size_arg);
  case COUNT:
    return read_argument(w, name, value, &w->row.count_arg);
  case FREES:
    w->row.flags |= PG_FREES;
    return read_argument(w, name, value, &w->row.freed_arg);
  case RESIZES:
    w->row.flags |= PG_ALLOCATES | PG_FRESH | PG_FREES | PG_GROWS;
    return read_argument(w, name, value, &w->row.freed_arg);
  case FREED_BY:
    w->freed_by = config_scalar(value);
    return is_name(w->freed_by) ||
           config_bad(w->r, value, "library: %s: freed-by: the name of a function is expected",
                      w->function);
  case FRESH:
    return read_flag(w, name, value, PG_ALLOCATES | PG_FRESH);
  case PURE:
    return read_flag(w, name, value, PG_PURE);
  case BLOCKS:
    return read_flag(w, name, value, PG_BLOCKS);
  case INPUT_OUTPUT:
    return read_flag(w, name, value, PG_IO);
  case LOCKS:
    return read_flag(w, name, value, PG_LOCKS);
  case NO_RETURN:
    return read_flag(w, name, value, PG_NORETURN);
  case COMMIT:
    return read_flag(w, name, value, PG_COMMITS | PG_IO | PG_BLOCKS);
  case ROLES:
    break;
  }
  return false;
}

static bool read_pair(RowReader *w, const yaml_node_t *key, const yaml_node_t *value) {
  const char *name = config_scalar(key);
  if (!name)
    return config_bad(w->r, key, "library: %s: a key is expected", w->function);
  for (int k = 0; k < ROLES; k++) {
    if (strcmp(name, role_names[k]))
      continue;
    if (w->seen >> k & 1)
      return config_bad(w->r, key, "library: %s: %s: given twice", w->function, name);
    w->seen |= 1u << k;
    return read_role(w, (Role)k, value);
  }
  return config_unknown_key(w->r, key, role_names, ROLES);
}

/* What makes no sense together. */
static bool fits(const RowReader *w, const yaml_node_t *key) {
  bool effects = w->row.flags & ~(uint32_t)PG_PURE;
  if (w->row.flags & PG_PURE && effects)
    return config_bad(w->r, key, "library: %s: a pure function has no other effect", w->function);
  if (w->row.count_arg >= 0 && w->row.size_arg < 0)
    return config_bad(w->r, key, "library: %s: count needs size", w->function);
  if (w->row.size_arg >= 0 && w->row.size_arg == w->row.count_arg)
    return config_bad(w->r, key, "library: %s: size and count are one argument", w->function);
  if (w->seen >> FREES & 1 && w->seen >> RESIZES & 1)
    return config_bad(w->r, key, "library: %s: frees and resizes exclude each other", w->function);
  if (w->freed_by && !(w->row.flags & PG_FRESH) && !w->row.like)
    return config_bad(w->r, key, "library: %s: freed-by needs size, fresh or like", w->function);
  return true;
}

static bool add_releaser(const RowReader *w) {
  const ProjectConfig *c = w->r->out;
  for (uint32_t i = 0; i < c->nlibrary; i++)
    if (!strcmp(c->library[i].name, w->freed_by))
      return true; /* what is said of it stands */
  PgLibraryRow row = empty_row(w->freed_by);
  row.flags = PG_FREES;
  row.freed_arg = 0;
  return add_row(w->r, NULL, &row);
}

static bool read_function(const ConfigReader *r, const yaml_node_t *key, const yaml_node_t *value,
                          bool releasers) {
  RowReader w = {.r = r, .function = config_scalar(key)};
  if (!is_name(w.function))
    return config_bad(r, key, "library: the name of a function is expected%s%s%s",
                      w.function ? ", not \"" : "", w.function ? w.function : "",
                      w.function ? "\"" : "");
  w.row = empty_row(w.function);
  if (config_scalar(value)) {
    w.row.like = config_scalar(value);
    return releasers || (known_function(&w, value, w.row.like) && add_row(r, key, &w.row));
  }
  if (value->type != YAML_MAPPING_NODE)
    return config_bad(r, value,
                      "library: %s: a known function or what it does is expected, such as "
                      "\"malloc\" or \"{size: 1}\"",
                      w.function);
  const yaml_node_pair_t *pair = value->data.mapping.pairs.start;
  for (; pair < value->data.mapping.pairs.top; pair++)
    if (!read_pair(&w, yaml_document_get_node(r->document, pair->key),
                   yaml_document_get_node(r->document, pair->value)))
      return false;
  if (releasers)
    return !w.freed_by || add_releaser(&w);
  return fits(&w, key) && add_row(r, key, &w.row);
}

/* Twice: a function that frees what another one made may have an entry of its own further down. */
bool config_library(const ConfigReader *r, const yaml_node_t *value) {
  const char *nothing = config_scalar(value);
  if (nothing && !*nothing)
    return true;
  if (value->type != YAML_MAPPING_NODE)
    return config_bad(r, value,
                      "library: functions with what they do are expected, such as "
                      "\"my_alloc: malloc\"");
  for (int round = 0; round < 2; round++) {
    const yaml_node_pair_t *pair = value->data.mapping.pairs.start;
    for (; pair < value->data.mapping.pairs.top; pair++)
      if (!read_function(r, yaml_document_get_node(r->document, pair->key),
                         yaml_document_get_node(r->document, pair->value), round == 1))
        return false;
  }
  return true;
}
