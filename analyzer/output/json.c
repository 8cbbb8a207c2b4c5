/* The findings as one JSON object: `schema_version` 1, described in docs/json.md. Fields are only
 * added within a schema version. */
#include "db/json.h"
#include "analyzer/output/output.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const levels[] = {"low", "medium", "high"};
static const char *const growths[] = {"constant", "per-iteration", "superlinear"};

static json_t *number(double value) {
  return value == (double)(json_int_t)value ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *facts(const DbFinding *f) {
  json_t *all = json_object();
  for (uint32_t i = 0; i < f->nfacts; i++) {
    const DbFact *fact = &f->facts[i];
    json_t *one = fact->text ? json_pack("{so}", "value", db_json_text(fact->text))
                             : json_pack("{soso}", "value", number(fact->value), "unit",
                                         db_json_text(fact->unit ? fact->unit : ""));
    json_object_set_new(all, fact->name, one);
  }
  return all;
}

static json_t *places(const DbFinding *f) {
  json_t *all = json_array();
  for (uint32_t i = 0; i < f->nplaces; i++) {
    const DbPlace *p = &f->places[i];
    json_array_append_new(all,
                          json_pack("{sosisisisiso}", "file", db_json_text(p->file), "line",
                                    p->line, "column", p->column, "end_line", p->end_line,
                                    "end_column", p->end_column, "text", db_json_text(p->text)));
  }
  return all;
}

static json_t *sites(const DbFinding *f) {
  json_t *all = json_array();
  for (uint32_t i = 0; i < f->nsites; i++) {
    const DbSite *s = &f->sites[i];
    json_array_append_new(all, json_pack("{sosisisosb}", "file", db_json_text(s->file), "line",
                                         s->line, "end_line", s->end_line, "function",
                                         db_json_text(s->function), "inclusive", s->inclusive));
  }
  return all;
}

static json_t *evidence(const RunResult *r, const DbFinding *f) {
  json_t *profile = json_null();
  if (f->by_profile)
    profile = json_pack("{sfsfsosfsf}", "share", f->share, "samples", f->samples, "metric",
                        db_json_text(r->profile_label), "bound", f->bound, "estimate", f->estimate);
  return json_pack("{s{sososo}so}", "compiler", "status", db_json_text(f->compiler_status),
                   "reason", db_json_text(f->compiler_reason), "witness",
                   db_json_text(f->compiler_witness), "profile", profile);
}

/* The edits that were proven, in the order of the text; NULL when JSON cannot hold them. */
static json_t *edits(const FixFile *file, const FixEdits *edits) {
  json_t *all = json_array();
  for (uint32_t i = 0; i < edits->count; i++) {
    const FixEdit *e = &edits->items[i];
    FixPlace from = fix_place(file, e->from), to = fix_place(file, e->to);
    json_t *one =
        json_pack("{sosisisisiss}", "file", db_json_text(file->name), "line", from.line, "column",
                  from.column, "end_line", to.line, "end_column", to.column, "text", e->text);
    if (!one) { /* the text is no UTF-8, and changed bytes are worse than none */
      json_decref(all);
      return NULL;
    }
    json_array_append_new(all, one);
  }
  return all;
}

/* What `hplint fix` would try, or why it has nothing to try; with the plan, what came of it. */
static json_t *fix(const DbFinding *f, const FixPlan *plan, const Fix *planned) {
  const char *words = f->fix ? strchr(f->fix, '|') : NULL;
  if (!words)
    return json_null();
  char *kind = hp_strndup(f->fix, strcspn(f->fix, " |"));
  bool none = strcmp(kind, "none") == 0;
  const char *why = none ? words + 1 : planned ? planned->why : NULL;
  json_t *changes =
      planned && !planned->why ? edits(&plan->files[planned->file], &planned->edits) : NULL;
  if (planned && !why && !changes)
    why = "the text is no UTF-8, which JSON cannot hold: the diff can";
  json_t *o = json_pack("{sososo}", "kind", none ? json_null() : db_json_text(kind), "reason",
                        db_json_text(why), "edits", changes ? changes : json_null());
  free(kind);
  return o;
}

static json_t *finding(const RunResult *r, const DbFinding *f, const DbFinding *head,
                       json_t *its_fix) {
  json_t *o = json_object();
  json_t *loop = f->loop_line ? json_pack("{sisi}", "line", f->loop_line, "depth", f->loop_depth)
                              : json_null();
  json_object_set_new(o, "rule", db_json_text(f->rule));
  json_object_set_new(o, "name", db_json_text(f->name));
  json_object_set_new(o, "file", db_json_text(f->file));
  json_object_set_new(o, "line", json_integer(f->line));
  json_object_set_new(o, "column", json_integer(f->column));
  json_object_set_new(o, "end_line", json_integer(f->end_line));
  json_object_set_new(o, "end_column", json_integer(f->end_column));
  json_object_set_new(o, "function", db_json_text(f->function));
  json_object_set_new(o, "record", db_json_text(f->record));
  json_object_set_new(o, "loop", loop);
  json_object_set_new(o, "severity", db_json_text(levels[f->severity]));
  json_object_set_new(o, "confidence", db_json_text(levels[f->confidence]));
  json_object_set_new(o, "growth", db_json_text(growths[f->growth]));
  json_object_set_new(o, "saving", json_real(f->saving));
  json_object_set_new(o, "saving_why", db_json_text(f->saving_why));
  json_object_set_new(o, "cold", json_boolean(f->cold));
  json_object_set_new(o, "listed", json_boolean(f->listed));
  json_object_set_new(o, "folded_into", db_json_text(head ? head->fingerprint : NULL));
  json_object_set_new(o, "group", db_json_text(f->group));
  json_object_set_new(o, "cost_sites", sites(f));
  json_object_set_new(o, "message", db_json_text(f->message));
  json_object_set_new(o, "help", db_json_text(f->help));
  json_object_set_new(o, "fix", its_fix);
  json_object_set_new(o, "facts", facts(f));
  json_object_set_new(o, "related", places(f));
  json_object_set_new(o, "evidence", evidence(r, f));
  json_object_set_new(o, "rank",
                      json_pack("{sisfss}", "position", f->position, "score", f->score, "basis",
                                f->by_profile ? "profile" : "static"));
  json_object_set_new(o, "fingerprint", db_json_text(f->fingerprint));
  json_object_set_new(o, "suppressed", db_json_text(f->suppressed));
  return o;
}

enum { HOT_FUNCTIONS = 50 };

/* Where the profile's time goes, and which findings listed speak of it. */
static json_t *hot(const RunResult *r) {
  if (!r->ranked_by)
    return json_null();
  json_t *functions = json_array();
  for (uint32_t i = 0; i < r->hot.count && i < HOT_FUNCTIONS; i++) {
    const DbHotFunction *h = &r->hot.items[i];
    json_t *about = json_array();
    for (uint32_t k = 0; k < r->findings.count; k++) {
      const DbFinding *f = r->findings.items[k];
      if (f->listed && output_covers(&f, 1, h))
        json_array_append_new(about, db_json_text(f->fingerprint));
    }
    json_array_append_new(functions,
                          json_pack("{sososfso}", "function", db_json_text(h->name), "file",
                                    db_json_text(h->file), "share", h->share, "findings", about));
  }
  return json_pack("{sfso}", "share", r->hot.share, "functions", functions);
}

static json_t *run(const RunResult *r) {
  json_t *paths = json_array(), *failures = json_array(), *notes = json_array();
  json_t *parsed = json_array();
  for (uint32_t i = 0; i < r->project.npaths; i++)
    json_array_append_new(paths, db_json_text(project_relative(&r->project, r->project.paths[i])));
  for (uint32_t i = 0; i < r->nfailures; i++) {
    const RunFailure *f = &r->failures[i];
    json_array_append_new(failures,
                          json_pack("{sosisosbso}", "reason", db_json_text(f->cause), "units",
                                    f->units, "example", db_json_text(f->example), "incomplete",
                                    f->incomplete, "advice", db_json_text(f->advice)));
  }
  for (uint32_t i = 0; i < r->project.nnotes; i++)
    json_array_append_new(notes, db_json_text(r->project.notes[i]));
  for (uint32_t i = 0; i < r->nparsed; i++)
    json_array_append_new(parsed, db_json_text(r->parsed[i]));
  return json_pack("{sosos{sisisiso}sisososisososo}", "root", db_json_text(r->project.root),
                   "paths", paths, "units", "total", r->units, "failed", r->failed, "incomplete",
                   r->incomplete, "parsed", parsed, "judged", r->judged, "failures", failures,
                   "since", db_json_text(r->since), "known", r->known, "profile",
                   db_json_text(r->profile_label), "hot", hot(r), "notes", notes);
}

static json_t *summary(const RunResult *r, const DbFinding *const *heads) {
  uint32_t listed = 0, suppressed = 0, away = 0, by_level[3] = {0};
  json_t *by_rule = json_object();
  for (uint32_t i = 0; i < r->findings.count; i++) {
    const DbFinding *f = r->findings.items[i];
    suppressed += f->suppressed != NULL;
    away += f->compiler_status && !strcmp(f->compiler_status, "optimised-away");
    if (f->suppressed)
      continue;
    bool entry = f->listed && !heads[i];
    listed += entry;
    by_level[f->severity] += entry;
    json_int_t count = json_integer_value(json_object_get(by_rule, f->rule));
    json_object_set_new(by_rule, f->rule, json_integer(count + 1));
  }
  return json_pack("{sisisisis{sisisi}so}", "findings", r->findings.count, "listed", listed,
                   "suppressed", suppressed, "optimised_away", away, "listed_by_severity", "high",
                   by_level[2], "medium", by_level[1], "low", by_level[0], "by_rule", by_rule);
}

/* By finding: the entry of the list that stands for it; NULL for an entry and for what is not
 * listed. */
static const DbFinding **fold(const DbFindings *all) {
  const DbFinding **heads = hp_calloc(all->count, sizeof *heads);
  const DbFinding **entries = hp_calloc(all->count, sizeof *entries);
  uint32_t count = 0;
  for (uint32_t i = 0; i < all->count; i++) {
    const DbFinding *f = all->items[i];
    /* hplint: ignore[HP308] what is listed is a few hundred */
    if (f->listed && !f->suppressed && !(heads[i] = output_stand_in(entries, count, f, false)))
      entries[count++] = f;
  }
  free(entries);
  return heads;
}

enum { FORM = JSON_INDENT(2) | JSON_PRESERVE_ORDER };

/* Takes the value. `indent`: of all lines. */
static void add_value(HpBuf *out, json_t *value, const char *indent) {
  char *text = json_dumps(value, FORM);
  HP_ASSERT(text);
  for (const char *line = text, *end; *line; line = end) {
    end = strchrnul(line, '\n');
    end += *end == '\n';
    hp_buf_add(out, indent);
    hp_buf_addn(out, line, (size_t)(end - line));
  }
  free(text);
  json_decref(value);
}

/* The findings in parts, a text each: they are many, and threads share the work. */
enum { MOST_PARTS = 8, LEAST_PART = 32 };
typedef struct Parts {
  const RunResult *r;
  const DbFinding **heads;
  const OutputOptions *options;
  uint32_t start[MOST_PARTS + 1];
  HpBuf texts[MOST_PARTS];
} Parts;

/* One after the other: all of them as values would take many times the room of their text. */
static void add_part(void *parts, unsigned part) {
  Parts *p = parts;
  const FixPlan *plan = p->options->fixes;
  HpBuf *out = &p->texts[part];
  uint32_t at = 0;
  for (uint32_t i = p->start[part]; i < p->start[part + 1]; i++) {
    const DbFinding *f = p->r->findings.items[i];
    const Fix *planned = plan ? fix_of(plan, f, &at) : NULL;
    hp_buf_add(out, i ? ",\n" : "\n");
    add_value(out, finding(p->r, f, p->heads[i], fix(f, plan, planned)), "    ");
  }
}

static void add_findings(HpBuf *out, const RunResult *r, const DbFinding **heads,
                         const OutputOptions *options) {
  uint32_t count = r->findings.count;
  if (options->limit && options->limit < count)
    count = options->limit;
  unsigned parts = count / LEAST_PART < options->jobs ? count / LEAST_PART : options->jobs;
  parts = parts > MOST_PARTS ? MOST_PARTS : parts;
  if (!parts || options->fixes) /* a plan is gone through from its start */
    parts = 1;
  Parts p = {.r = r, .heads = heads, .options = options};
  for (unsigned i = 1; i <= parts; i++)
    p.start[i] = (uint32_t)((uint64_t)count * i / parts);
  hp_parallel(parts, add_part, &p);
  for (unsigned i = 0; i < parts; i++) {
    hp_buf_addn(out, hp_buf_text(&p.texts[i]), p.texts[i].length);
    hp_buf_free(&p.texts[i]);
  }
  hp_buf_add(out, "\n  ");
}

void output_json(HpBuf *out, const RunResult *r, const OutputOptions *options) {
  static const char here[] = "\n  \"findings\": [";
  const DbFinding **heads = fold(&r->findings);
  json_t *all =
      json_pack("{sis{ssss}sos[]so}", "schema_version", 1, "tool", "name", "hplint", "version",
                HPLINT_VERSION, "run", run(r), "findings", "summary", summary(r, heads));
  HP_ASSERT(all);
  HpBuf frame = {0};
  add_value(&frame, all, "");
  size_t head = (size_t)(strstr(frame.text, here) - frame.text) + sizeof here - 1;
  hp_buf_addn(out, frame.text, head);
  if (r->findings.count)
    add_findings(out, r, heads, options);
  hp_buf_addf(out, "%s\n", frame.text + head);
  free(heads);
  hp_buf_free(&frame);
}
