/* Findings as LSP diagnostics. Only what the list would show: one finding a loop or record. */
#include "analyzer/lsp/internal.h"
#include "analyzer/output/output.h"
#include "db/json.h"
#include "ir/files.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* LSP's DiagnosticSeverity: 2 warning, 3 information, 4 hint; an error (1) it never is. */
static int severity_of(const DbFinding *f) {
  static const int severities[] = {4, 3, 2}; /* low, medium, high */
  return severities[f->severity];
}

/* ---- places in other files ------------------------------------------------------------------- */

/* Texts of files other than the analysed one, for their columns; read once. */
typedef struct Sources {
  const char *path; /* the analysed one */
  const LspText *text;
  char *other_path;
  LspText other;
} Sources;

static LspText read_text(const char *path) {
  size_t size = 0;
  char *text = hp_read_file(path, HP_SOURCE_MAX, &size, NULL);
  LspText t = lsp_text_new(text ? text : "", size);
  free(text);
  return t;
}

static const LspText *text_of(Sources *s, const char *path) {
  if (strcmp(path, s->path) == 0)
    return s->text;
  if (!s->other_path || strcmp(path, s->other_path) != 0) {
    free(s->other_path);
    lsp_text_free(&s->other);
    s->other_path = hp_strdup(path);
    s->other = read_text(path);
  }
  return &s->other;
}

static char *absolute(const RunResult *r, const char *file) {
  return hp_path_in(r->project.root, file);
}

/* A range that is at least one character long, so that an editor shows it. */
static json_t *range(const LspText *t, uint32_t line, uint32_t column, uint32_t end_line,
                     uint32_t end_column) {
  if (!end_line || end_line < line)
    end_line = line;
  if (!column)
    column = 1;
  if (!end_column || (end_line == line && end_column <= column))
    end_column = end_line == line ? column + 1 : 1;
  return json_pack("{soso}", "start", lsp_position(t, line, column), "end",
                   lsp_position(t, end_line, end_column));
}

/* ---- one diagnostic ---------------------------------------------------------------------------
 */

static json_t *message(const RunResult *r, const DbFinding *f) {
  HpBuf text = {0};
  hp_buf_add_escaped(&text, f->message);
  if (f->by_profile && f->share > 0) {
    hp_buf_addf(&text, "\n%.1f%% of the profile (", f->share * 100);
    hp_buf_add_escaped(&text, r->profile_label ? r->profile_label : "");
    hp_buf_addc(&text, ')');
    if (f->bound > 0)
      hp_buf_addf(&text, "; estimated %.2f times as fast, never more than %.2f", f->estimate,
                  f->bound);
  }
  if (f->compiler_witness) {
    hp_buf_addf(&text, "\n%s: ", f->compiler_witness);
    hp_buf_add_escaped(&text, f->compiler_reason ? f->compiler_reason : f->compiler_status);
  }
  if (f->help) {
    hp_buf_addc(&text, '\n');
    hp_buf_add_escaped(&text, f->help);
  }
  json_t *value = db_json_text(hp_buf_text(&text));
  hp_buf_free(&text);
  return value;
}

/* The installed page of a rule beside the program: BIN/../share/hplint/rules/HP101.md. */
static char *installed_page(const char *rule) {
  char self[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n <= 0)
    return NULL;
  self[n] = 0;
  for (int up = 0; up < 2; up++) {
    char *slash = strrchr(self, '/');
    if (!slash)
      return NULL;
    *slash = 0;
  }
  char *path = hp_format("%s/share/hplint/rules/%s.md", self, rule);
  char *uri = access(path, R_OK) == 0 ? lsp_path_uri(path) : NULL;
  free(path);
  return uri;
}

static void add_page(json_t *diagnostic, const char *rule, const char *rule_pages) {
  char *href = rule_pages ? hp_format("%s%s.md", rule_pages, rule) : installed_page(rule);
  if (href)
    json_object_set_new(diagnostic, "codeDescription",
                        json_pack("{so}", "href", db_json_text(href)));
  free(href);
}

static json_t *related(const RunResult *r, const DbFinding *f, Sources *sources) {
  json_t *all = json_array();
  for (uint32_t i = 0; i < f->nplaces; i++) {
    const DbPlace *p = &f->places[i];
    /* hplint: ignore[HP201] a few places, and JSON values are made for each */
    char *path = absolute(r, p->file), *uri = lsp_path_uri(path);
    json_t *where = range(text_of(sources, path), p->line, p->column, p->end_line, p->end_column);
    json_array_append_new(all, json_pack("{s{soso}so}", "location", "uri", db_json_text(uri),
                                         "range", where, "message", db_json_text(p->text)));
    free(uri);
    free(path);
  }
  return all;
}

static json_t *diagnostic(const RunResult *r, const DbFinding *f, Sources *sources,
                          const char *rule_pages) {
  json_t *d = json_object();
  json_object_set_new(d, "range",
                      range(sources->text, f->line, f->column, f->end_line, f->end_column));
  json_object_set_new(d, "severity", json_integer(severity_of(f)));
  json_object_set_new(d, "code", db_json_text(f->rule));
  add_page(d, f->rule, rule_pages);
  json_object_set_new(d, "source", json_string("hplint"));
  json_object_set_new(d, "message", message(r, f));
  json_object_set_new(d, "relatedInformation", related(r, f, sources));
  json_object_set_new(d, "data",
                      json_pack("{sososs*}", "fingerprint", db_json_text(f->fingerprint), "name",
                                db_json_text(f->name), "fix", lsp_fix_title(f->fix)));
  return d;
}

json_t *lsp_diagnostics(const RunResult *r, const char *path, const LspText *text,
                        const char *rule_pages) {
  OutputOptions options = {.limit = UINT32_MAX, .each_place = true};
  const DbFinding **shown = hp_calloc(r->findings.count, sizeof *shown);
  uint32_t count = output_select(r, &options, shown);
  Sources sources = {.path = path, .text = text};
  json_t *all = json_array();
  const char *relative = project_relative(&r->project, path);
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(shown[i]->file, relative) == 0 || strcmp(shown[i]->file, path) == 0)
      json_array_append_new(all, diagnostic(r, shown[i], &sources, rule_pages));
  free(sources.other_path);
  lsp_text_free(&sources.other);
  free(shown);
  return all;
}
