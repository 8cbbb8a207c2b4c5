/* Fixes as code actions. A diagnostic whose finding may have a fix offers one; what it changes is
 * worked out when the client resolves the action, since it is proven by another analysis. */
#include "analyzer/fix/fix.h"
#include "analyzer/lsp/internal.h"
#include "db/json.h"

#include <stdlib.h>
#include <string.h>

/* ---- which there are ------------------------------------------------------------------------- */

static const struct {
  const char *kind, *title;
} titles[] = {
    {"reorder", "Put the members in the advised order"},
    {"interchange", "Let the two loops change places"},
    {"reuse", "Use one block of memory for all iterations"},
    {"reuse-grow", "Use one growing block of memory for all iterations"},
    {"grow", "Let the capacity grow in proportion"},
};

/* A record of a header is not among them: units that are not looked at here read it, too. */
const char *lsp_fix_title(const char *fix) {
  if (!fix)
    return NULL;
  size_t size = strcspn(fix, " |");
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
    if (strlen(titles[i].kind) == size && !memcmp(titles[i].kind, fix, size))
      return titles[i].title;
  return NULL;
}

static int64_t number(const json_t *range, const char *end, const char *part) {
  return json_integer_value(json_object_get(json_object_get(range, end), part));
}

/* Does range `a` begin before `b` ends, or where it ends? */
static bool begins_by(const json_t *a, const json_t *b) {
  int64_t start = number(a, "start", "line"), end = number(b, "end", "line");
  return start < end ||
         (start == end && number(a, "start", "character") <= number(b, "end", "character"));
}

/* Kinds are refined by dots: who asks for "" or "quickfix" is meant. */
static bool wants_fixes(const json_t *context) {
  const json_t *only = json_object_get(context, "only"), *kind;
  size_t i;
  if (!json_is_array(only))
    return true;
  json_array_foreach(only, i, kind) {
    const char *name = json_string_value(kind);
    if (name && (!*name || !strcmp(name, "quickfix")))
      return true;
  }
  return false;
}

json_t *lsp_actions(const json_t *diagnostics, const char *uri, int64_t version,
                    const json_t *params) {
  json_t *all = json_array(), *d;
  const json_t *range = json_object_get(params, "range");
  size_t i;
  if (!wants_fixes(json_object_get(params, "context")))
    return all;
  json_array_foreach(diagnostics, i, d) {
    const json_t *data = json_object_get(d, "data"), *its = json_object_get(d, "range");
    json_t *title = json_object_get(data, "fix");
    if (!title || !begins_by(range, its) || !begins_by(its, range))
      continue;
    json_array_append_new(all, json_pack("{sOsss[O]s{sosOsI}}", "title", title, "kind", "quickfix",
                                         "diagnostics", d, "data", "uri", db_json_text(uri),
                                         "fingerprint", json_object_get(data, "fingerprint"),
                                         "version", (json_int_t)version));
  }
  return all;
}

/* ---- what one changes ------------------------------------------------------------------------ */

static json_t *position(const LspText *t, size_t offset) {
  uint32_t low = 0, high = t->nlines;
  while (low + 1 < high) {
    uint32_t middle = low + (high - low) / 2;
    if (t->lines[middle] <= offset)
      low = middle;
    else
      high = middle;
  }
  return lsp_position(t, low + 1, (uint32_t)(offset - t->lines[low]) + 1);
}

/* NULL when JSON cannot hold them. */
static json_t *text_edits(const FixEdits *edits, const LspText *text) {
  json_t *all = json_array();
  for (uint32_t i = 0; i < edits->count; i++) {
    const FixEdit *e = &edits->items[i];
    json_t *one = json_pack("{s{soso}ss}", "range", "start", position(text, e->from), "end",
                            position(text, e->to), "newText", e->text);
    if (!one) {
      json_decref(all);
      return NULL;
    }
    json_array_append_new(all, one);
  }
  return all;
}

static bool is_text(const FixFile *file, const char *path, const LspText *text) {
  return !strcmp(file->path, path) && file->size == text->size &&
         !memcmp(file->text, text->bytes, text->size);
}

json_t *lsp_fix(const RunOptions *run, const RunResult *result, const char *fingerprint,
                const char *path, const LspText *text, char **why, HpError *err) {
  const char *const asked[] = {fingerprint};
  FixOptions options = {.run = run, .fingerprints = asked, .nfingerprints = 1};
  FixPlan plan = {0};
  json_t *edits = NULL;
  *why = NULL;
  if (fix_plan(&options, result, &plan, err)) {
    const Fix *fix = plan.nfixes ? &plan.fixes[0] : NULL;
    if (!fix)
      *why = hp_strdup("the finding is gone");
    else if (fix->why || fix->file >= plan.nfiles)
      *why = hp_strdup(fix->why ? fix->why : "its file cannot be read");
    else if (!is_text(&plan.files[fix->file], path, text))
      *why = hp_strdup("the file has changed on disk");
    else if (!(edits = text_edits(&fix->edits, text)))
      *why = hp_strdup("the text is no UTF-8");
  }
  fix_plan_free(&plan);
  return edits;
}
