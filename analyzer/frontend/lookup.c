/* How the compiler came to each included file, worked out again: libclang tells which files were
 * read and by which directive, but not where it looked before.
 *
 * A directive is read from the source (its name, quotes or angles); then the folders are gone
 * through in the compiler's order up to the one that has the file, and what does not exist before
 * it is absent. A quoted name counts as looked for beside every file that the unit read, since
 * libclang shows a header only the first time. What __has_include asks for counts as looked for
 * everywhere; not seen: that a header goes which was asked for like that and not included then.
 */
#include "analyzer/frontend/lookup.h"

#include "analyzer/project/project.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

/* ---- sets of texts --------------------------------------------------------------------------- */

typedef struct TextSet {
  char **items;
  uint32_t count, cap;
  uint32_t *slots, nslots; /* index + 1; a power of two */
} TextSet;

static uint32_t *set_slot(const TextSet *s, const char *text) {
  uint32_t at = (uint32_t)XXH3_64bits(text, strlen(text));
  while (s->slots[at &= s->nslots - 1] && strcmp(s->items[s->slots[at] - 1], text))
    at++;
  return &s->slots[at];
}

static void set_widen(TextSet *s) {
  s->nslots = s->nslots ? s->nslots * 2 : 256;
  free(s->slots);
  s->slots = hp_calloc(s->nslots, sizeof *s->slots);
  for (uint32_t i = 0; i < s->count; i++)
    *set_slot(s, s->items[i]) = i + 1;
}

/* Is it a new one? */
static bool set_add(TextSet *s, const char *text) {
  if (s->count * 2 >= s->nslots)
    set_widen(s);
  uint32_t *slot = set_slot(s, text);
  if (*slot)
    return false;
  HP_GROW(s->items, s->count, s->cap);
  s->items[s->count++] = hp_strdup(text);
  *slot = s->count;
  return true;
}

static bool set_has(const TextSet *s, const char *text) {
  return s->nslots && *set_slot(s, text);
}

static void set_free(TextSet *s) {
  for (uint32_t i = 0; i < s->count; i++)
    free(s->items[i]);
  free(s->items);
  free(s->slots);
  *s = (TextSet){0};
}

struct LookupCache {
  TextSet absent;
};

void lookup_cache_free(LookupCache *cache) {
  if (!cache)
    return;
  set_free(&cache->absent);
  free(cache);
}

/* ---- the folders ----------------------------------------------------------------------------- */

typedef struct Search {
  LookupCache *cache;
  const FrontendInput *in;
  TextSet folders; /* -iquote, -I, -isystem, in the compiler's order */
  uint32_t nquote; /* the first of them are for quoted names only */
  TextSet beside;  /* folders of the files read */
  TextSet asked;   /* directives seen: quote or angle and name */
  TextSet absent;
} Search;

/* Adds the folders that `flag` gives, joined or as the next argument. */
static void add_folders(Search *s, const char *flag) {
  size_t length = strlen(flag);
  for (uint32_t i = 0; i < s->in->nargs; i++) {
    const char *arg = s->in->args[i];
    if (strncmp(arg, flag, length))
      continue;
    const char *given = arg[length] ? arg + length : i + 1 < s->in->nargs ? s->in->args[i + 1] : "";
    char *folder = *given ? path_absolute(given, s->in->directory) : NULL;
    if (folder)
      set_add(&s->folders, folder);
    free(folder);
  }
}

static bool is_system(const char *path) {
  return !strncmp(path, "/usr/include/", 13) || !strncmp(path, "/usr/lib/", 9);
}

static void find_folders(Search *s, const FrontendOutput *out) {
  add_folders(s, "-iquote");
  s->nquote = s->folders.count;
  add_folders(s, "-I");
  add_folders(s, "--include-directory=");
  add_folders(s, "-isystem");
  set_add(&s->folders, "/usr/local/include"); /* the first of the compiler's own */
  for (uint32_t i = 0; i < out->nfiles; i++) {
    const char *path = out->files[i].path, *slash = strrchr(path, '/');
    if (is_system(path) || slash == path)
      continue;
    char *folder = hp_strndup(path, (size_t)(slash - path));
    set_add(&s->beside, folder);
    free(folder);
  }
}

/* ---- one name -------------------------------------------------------------------------------- */

/* Looks for the name in a folder; true when that is where it was found (`found` may be NULL). */
static bool look_in(Search *s, const char *folder, const char *name, const char *found) {
  char *path = path_absolute(name, folder);
  bool here = found && !strcmp(path, found);
  if (!here && !set_has(&s->absent, path)) {
    if (set_has(&s->cache->absent, path) || access(path, F_OK)) {
      set_add(&s->cache->absent, path);
      set_add(&s->absent, path);
    }
  }
  free(path);
  return here;
}

static void look_for(Search *s, const char *name, bool quoted, const char *includer,
                     const char *found) {
  HpBuf key = {0};
  hp_buf_addf(&key, "%c%s", quoted ? '"' : '<', name);
  bool fresh = name[0] != '/' && set_add(&s->asked, hp_buf_text(&key));
  hp_buf_free(&key);
  if (!fresh)
    return;
  bool own = false; /* found beside the file that asks: nothing else was looked at */
  for (uint32_t i = 0; quoted && i < s->beside.count; i++) {
    const char *folder = s->beside.items[i];
    size_t length = strlen(folder);
    bool asks = includer && !strncmp(includer, folder, length) && includer[length] == '/' &&
                !strchr(includer + length + 1, '/');
    own |= look_in(s, folder, name, found) && asks;
  }
  for (uint32_t i = quoted ? 0 : s->nquote; !own && i < s->folders.count; i++)
    if (look_in(s, s->folders.items[i], name, found))
      break;
}

/* How the directive names it is unknown (a macro, -include): as whatever it may be. */
static void look_for_path(Search *s, const char *path) {
  for (uint32_t i = 0; i < s->folders.count; i++) {
    const char *folder = s->folders.items[i];
    size_t length = strlen(folder);
    if (!strncmp(path, folder, length) && path[length] == '/')
      look_for(s, path + length + 1, true, NULL, path);
  }
}

void lookup_known(LookupCache **cache, char *const *absent, uint32_t count) {
  if (!*cache)
    *cache = hp_calloc(1, sizeof **cache);
  for (uint32_t i = 0; i < count; i++)
    set_add(&(*cache)->absent, absent[i]);
}

/* ---- answers --------------------------------------------------------------------------------- */

void lookup_absent(LookupCache **cache, const Lookups *lookups, const FrontendInput *in,
                   FrontendOutput *out) {
  lookup_known(cache, NULL, 0);
  Search s = {.cache = *cache, .in = in};
  find_folders(&s, out);
  for (uint32_t i = 0; i < out->nmissing; i++)
    look_for(&s, out->missing[i], true, NULL, NULL);
  for (uint32_t i = 0; i < lookups->count; i++) {
    const Lookup *l = &lookups->items[i];
    if (l->name)
      look_for(&s, l->name, l->quoted, l->includer, l->found);
    else
      look_for_path(&s, l->found);
  }
  out->absent = s.absent.items;
  out->nabsent = s.absent.count;
  free(s.absent.slots);
  set_free(&s.folders);
  set_free(&s.beside);
  set_free(&s.asked);
}

/* ---- directives ------------------------------------------------------------------------------ */

typedef struct Collector {
  Contents *contents;
  const char *directory;
  const Lookups *first; /* NULL: none, or added */
  Lookups all;
} Collector;

static void add_lookup(Lookups *l, Lookup one) {
  HP_GROW(l->items, l->count, l->cap);
  l->items[l->count++] = one;
}

static char *copy_of(const char *text) {
  return text ? hp_strdup(text) : NULL;
}

static void add_first(Collector *c) {
  for (uint32_t i = 0; c->first && i < c->first->count; i++) {
    const Lookup *l = &c->first->items[i];
    add_lookup(&c->all,
               (Lookup){copy_of(l->name), copy_of(l->includer), copy_of(l->found), l->quoted});
  }
  c->first = NULL;
}

static char *file_path(const Collector *c, CXFile file) {
  CXString name = clang_getFileName(file);
  char *path = path_absolute(clang_getCString(name), c->directory);
  clang_disposeString(name);
  return path;
}

/* The name in a directive; heap, NULL when there is none as such. */
static char *read_name(const Collector *c, CXFile includer, unsigned offset, bool *quoted) {
  size_t size = 0;
  const char *text = includer ? contents_of(c->contents, includer, &size) : NULL;
  if (!text || offset >= size || (text[offset] != '"' && text[offset] != '<'))
    return NULL;
  *quoted = text[offset] == '"';
  const char *start = text + offset + 1;
  const char *end = memchr(start, *quoted ? '"' : '>', size - offset - 1);
  return end ? hp_strndup(start, (size_t)(end - start)) : NULL;
}

/* What __has_include asks for in a file of the project. */
static void add_asked(Collector *c, CXFile file, const char *path) {
  static const char asks[] = "__has_include";
  size_t size = 0;
  const char *text = is_system(path) ? NULL : contents_of(c->contents, file, &size);
  const char *end = text ? text + size : NULL;
  for (const char *at = text; at && (at = memmem(at, (size_t)(end - at), asks, sizeof asks - 1));) {
    at += sizeof asks - 1;
    if (end - at > 5 && !memcmp(at, "_next", 5))
      at += 5;
    while (at < end && strchr(" \t(", *at) && *at)
      at++;
    bool quoted = false;
    char *name = read_name(c, file, (unsigned)(at - text), &quoted);
    if (name)
      add_lookup(&c->all, (Lookup){name, hp_strdup(path), NULL, quoted});
  }
}

static void on_inclusion(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data) {
  Collector *c = data;
  char *found = file_path(c, file);
  add_asked(c, file, found);
  if (!depth) { /* the main file */
    free(found);
    add_first(c);
    return;
  }
  CXFile includer = NULL;
  unsigned offset = 0;
  bool quoted = true;
  clang_getFileLocation(stack[0], &includer, NULL, NULL, &offset);
  char *name = read_name(c, includer, offset, &quoted);
  add_lookup(&c->all, (Lookup){name, name ? file_path(c, includer) : NULL, found, quoted});
}

Lookups lookups_of(Contents *contents, const char *directory, const Lookups *first) {
  Collector c = {.contents = contents, .directory = directory, .first = first};
  clang_getInclusions(contents->tu, on_inclusion, &c);
  add_first(&c);
  return c.all;
}

void lookups_free(Lookups *l) {
  for (uint32_t i = 0; i < l->count; i++) {
    free(l->items[i].name);
    free(l->items[i].includer);
    free(l->items[i].found);
  }
  free(l->items);
  *l = (Lookups){0};
}
