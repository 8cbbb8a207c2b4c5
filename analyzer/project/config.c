/* .hplint.yaml: a few keys, each said back with line and name when it is wrong. */
#include "analyzer/project/config_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_LIMIT = 1 << 20 };

typedef enum ConfigKey {
  SELECT,
  IGNORE,
  EXCLUDE,
  VENDORED,
  FAIL_ON,
  LIMIT,
  LIBRARY,
  EVIDENCE,
  CONFIG_KEYS
} ConfigKey;
static const char *const key_names[CONFIG_KEYS] = {"select",  "ignore", "exclude", "vendored",
                                                   "fail-on", "limit",  "library", "evidence"};

static size_t line_of(const yaml_node_t *node) {
  return node->start_mark.line + 1;
}

bool config_bad(const ConfigReader *r, const yaml_node_t *node, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *text = hp_vformat(fmt, ap);
  va_end(ap);
  HpBuf shown = {0};
  hp_buf_add_escaped(&shown, text);
  hp_fail(r->err, "%s:%zu: %s", r->path, line_of(node), hp_buf_text(&shown));
  hp_buf_free(&shown);
  free(text);
  return false;
}

/* ---- the nearest key ------------------------------------------------------------------------ */

bool config_unknown_key(const ConfigReader *r, const yaml_node_t *key, const char *const *names,
                        size_t count) {
  const char *name = config_scalar(key);
  const char *near = hp_nearest(name, names, (uint32_t)count);
  if (hp_word_distance(name, near) < 4)
    return config_bad(r, key, "unknown key \"%s\"; did you mean \"%s\"?", name, near);
  HpBuf all = {0};
  for (size_t k = 0; k < count; k++)
    hp_buf_addf(&all, "%s%s", k ? ", " : "", names[k]);
  config_bad(r, key, "unknown key \"%s\"; the keys are %s", name, hp_buf_text(&all));
  hp_buf_free(&all);
  return false;
}

/* ---- values --------------------------------------------------------------------------------- */

const char *config_scalar(const yaml_node_t *node) {
  return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* A text or a list of texts. */
static bool read_list(const ConfigReader *r, const char *name, const yaml_node_t *value,
                      char ***out) {
  Words words = {0};
  const char *one = config_scalar(value);
  bool ok = true;
  if (one) {
    if (*one)
      words_add(&words, one);
  } else if (value->type == YAML_SEQUENCE_NODE) {
    const yaml_node_item_t *item = value->data.sequence.items.start;
    for (; ok && item < value->data.sequence.items.top; item++) {
      const yaml_node_t *node = yaml_document_get_node(r->document, *item);
      const char *text = node ? config_scalar(node) : NULL;
      ok = text && *text
               ? true
               : config_bad(r, node ? node : value, "%s: a list of texts is expected", name);
      if (ok)
        words_add(&words, text);
    }
  } else {
    ok = config_bad(r, value, "%s: a list of texts is expected", name);
  }
  if (ok)
    *out = words_release(&words);
  words_free(&words);
  return ok;
}

static bool read_fail_on(const ConfigReader *r, const yaml_node_t *value) {
  const char *text = config_scalar(value);
  if (text && (!strcmp(text, "high") || !strcmp(text, "medium") || !strcmp(text, "low"))) {
    r->out->fail_on = hp_strdup(text);
    return true;
  }
  return config_bad(r, value, "fail-on: high, medium or low is expected%s%s%s",
                    text ? ", not \"" : "", text ? text : "", text ? "\"" : "");
}

static bool read_limit(const ConfigReader *r, const yaml_node_t *value) {
  const char *text = config_scalar(value);
  char *end;
  errno = 0;
  unsigned long long n = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
  if (!n || errno || *end || n > UINT32_MAX)
    return config_bad(r, value, "limit: a whole number above 0 is expected%s%s%s",
                      text ? ", not \"" : "", text ? text : "", text ? "\"" : "");
  r->out->limit = (uint32_t)n;
  return true;
}

static bool read_evidence(const ConfigReader *r, const yaml_node_t *value) {
  const char *text = config_scalar(value);
  if (!text || (strcmp(text, "true") && strcmp(text, "false")))
    return config_bad(r, value, "evidence: true or false is expected");
  r->out->no_evidence = !strcmp(text, "false");
  return true;
}

static bool read_value(const ConfigReader *r, ConfigKey key, const yaml_node_t *value) {
  switch (key) {
  case SELECT:
    return read_list(r, "select", value, &r->out->select);
  case IGNORE:
    return read_list(r, "ignore", value, &r->out->ignore);
  case EXCLUDE:
    return read_list(r, "exclude", value, &r->out->exclude);
  case VENDORED:
    return read_list(r, "vendored", value, &r->out->vendored);
  case FAIL_ON:
    return read_fail_on(r, value);
  case LIMIT:
    return read_limit(r, value);
  case LIBRARY:
    return config_library(r, value);
  case EVIDENCE:
    return read_evidence(r, value);
  case CONFIG_KEYS:
    break;
  }
  return false;
}

static bool read_pair(ConfigReader *r, const yaml_node_t *key, const yaml_node_t *value) {
  const char *name = config_scalar(key);
  if (!name)
    return config_bad(r, key, "a key is expected");
  for (int k = 0; k < CONFIG_KEYS; k++) {
    if (strcmp(name, key_names[k]))
      continue;
    if (r->seen >> k & 1)
      return config_bad(r, key, "%s: given twice", name);
    r->seen |= 1u << k;
    return read_value(r, (ConfigKey)k, value);
  }
  return config_unknown_key(r, key, key_names, CONFIG_KEYS);
}

static bool read_document(ConfigReader *r) {
  const yaml_node_t *root = yaml_document_get_root_node(r->document);
  if (!root)
    return true; /* only comments */
  const char *nothing = config_scalar(root);
  if (nothing && !*nothing)
    return true;
  if (root->type != YAML_MAPPING_NODE)
    return config_bad(r, root, "keys with values are expected, such as \"limit: 20\"");
  const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
  for (; pair < root->data.mapping.pairs.top; pair++) {
    const yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(r->document, pair->value);
    if (!key || !value || !read_pair(r, key, value))
      return hp_fail(r->err, "%s: damaged", r->path);
  }
  return true;
}

bool config_read(const char *path, ProjectConfig *out, HpError *err) {
  *out = (ProjectConfig){0};
  size_t size;
  char *text = hp_read_file(path, CONFIG_LIMIT, &size, err);
  if (!text)
    return false;
  yaml_parser_t parser;
  yaml_document_t document;
  HP_ASSERT(yaml_parser_initialize(&parser));
  yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
  bool ok = yaml_parser_load(&parser, &document);
  if (ok) {
    ConfigReader r = {.path = path, .document = &document, .out = out, .err = err};
    ok = read_document(&r);
    yaml_document_delete(&document);
  } else {
    bool placed = parser.problem_mark.line || parser.problem_mark.column;
    hp_fail(err, "%s:%zu: not valid YAML: %s", path,
            placed ? parser.problem_mark.line + 1 : (size_t)1,
            parser.problem ? parser.problem : "it cannot be read");
  }
  yaml_parser_delete(&parser);
  free(text);
  if (ok)
    out->path = hp_strdup(path);
  else
    config_free(out);
  return ok;
}

static void free_list(char **list) {
  for (char **at = list; at && *at; at++)
    free(*at);
  free(list);
}

void config_free(ProjectConfig *c) {
  free(c->path);
  free_list(c->select);
  free_list(c->ignore);
  free_list(c->exclude);
  free_list(c->vendored);
  free(c->fail_on);
  config_library_free(c);
  *c = (ProjectConfig){0};
}

bool config_excludes(const ProjectConfig *c, const char *relative) {
  for (char **glob = c->exclude; glob && *glob; glob++)
    if (path_matches(*glob, relative))
      return true;
  return false;
}
