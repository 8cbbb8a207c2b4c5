/* The findings as one JSON object: `schema_version` 1, described in docs/json.md. Fields are only
 * added within a schema version. */
#include "db/json.h"
#include "analyzer/output/jsontext.h"
#include "analyzer/output/output.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const levels[] = {"low", "medium", "high"};
static const char *const growths[] = {"constant", "per-iteration", "superlinear"};

static void number(JsonText *t, const char *key, double value) {
  if (value == (double)(json_int_t)value)
    json_text_integer(t, key, (json_int_t)value);
  else
    json_text_real(t, key, value);
}

/* The last of a name counts. */
static const DbFact *fact_named_so(const DbFinding *f, uint32_t first) {
  const DbFact *fact = &f->facts[first];
  for (uint32_t i = 0; i < f->nfacts; i++)
    if (!strcmp(f->facts[i].name, fact->name)) {
      if (i < first)
        return NULL;
      fact = &f->facts[i];
    }
  return fact;
}

static void facts(JsonText *t, const DbFinding *f) {
  json_text_begin(t, "facts", '{');
  for (uint32_t i = 0; i < f->nfacts; i++) {
    const DbFact *fact = fact_named_so(f, i);
    if (!fact)
      continue;
    json_text_begin(t, fact->name, '{');
    if (fact->text) {
      json_text_string(t, "value", fact->text);
    } else {
      number(t, "value", fact->value);
      json_text_string(t, "unit", fact->unit ? fact->unit : "");
    }
    json_text_end(t, '{');
  }
  json_text_end(t, '{');
}

static void places(JsonText *t, const DbFinding *f) {
  json_text_begin(t, "related", '[');
  for (uint32_t i = 0; i < f->nplaces; i++) {
    const DbPlace *p = &f->places[i];
    json_text_begin(t, NULL, '{');
    json_text_string(t, "file", p->file);
    json_text_integer(t, "line", p->line);
    json_text_integer(t, "column", p->column);
    json_text_integer(t, "end_line", p->end_line);
    json_text_integer(t, "end_column", p->end_column);
    json_text_string(t, "text", p->text);
    json_text_end(t, '{');
  }
  json_text_end(t, '[');
}

static void sites(JsonText *t, const DbFinding *f) {
  json_text_begin(t, "cost_sites", '[');
  for (uint32_t i = 0; i < f->nsites; i++) {
    const DbSite *s = &f->sites[i];
    json_text_begin(t, NULL, '{');
    json_text_string(t, "file", s->file);
    json_text_integer(t, "line", s->line);
    json_text_integer(t, "end_line", s->end_line);
    json_text_string(t, "function", s->function);
    json_text_boolean(t, "inclusive", s->inclusive);
    json_text_end(t, '{');
  }
  json_text_end(t, '[');
}

static void evidence(JsonText *t, const RunResult *r, const DbFinding *f) {
  json_text_begin(t, "evidence", '{');
  json_text_begin(t, "compiler", '{');
  json_text_string(t, "status", f->compiler_status);
  json_text_string(t, "reason", f->compiler_reason);
  json_text_string(t, "witness", f->compiler_witness);
  json_text_end(t, '{');
  if (f->by_profile) {
    json_text_begin(t, "profile", '{');
    json_text_real(t, "share", f->share);
    json_text_real(t, "samples", f->samples);
    json_text_string(t, "metric", r->profile_label);
    json_text_real(t, "bound", f->bound);
    json_text_real(t, "estimate", f->estimate);
    json_text_end(t, '{');
  } else {
    json_text_string(t, "profile", NULL);
  }
  json_text_end(t, '{');
}

/* JSON cannot hold text that is no UTF-8, and changed bytes are worse than none. */
static bool can_hold(const FixEdits *edits) {
  bool all = true;
  for (uint32_t i = 0; all && i < edits->count; i++) {
    json_t *text = json_string(edits->items[i].text);
    all = text != NULL;
    json_decref(text);
  }
  return all;
}

/* The edits that were proven, in the order of the text. */
static void edits(JsonText *t, const FixFile *file, const FixEdits *edits) {
  json_text_begin(t, "edits", '[');
  for (uint32_t i = 0; i < edits->count; i++) {
    const FixEdit *e = &edits->items[i];
    FixPlace from = fix_place(file, e->from), to = fix_place(file, e->to);
    json_text_begin(t, NULL, '{');
    json_text_string(t, "file", file->name);
    json_text_integer(t, "line", from.line);
    json_text_integer(t, "column", from.column);
    json_text_integer(t, "end_line", to.line);
    json_text_integer(t, "end_column", to.column);
    json_text_string(t, "text", e->text);
    json_text_end(t, '{');
  }
  json_text_end(t, '[');
}

/* What `hplint fix` would try, or why it has nothing to try; with the plan, what came of it. */
static void fix(JsonText *t, const DbFinding *f, const FixPlan *plan, const Fix *planned) {
  const char *words = f->fix ? strchr(f->fix, '|') : NULL;
  if (!words) {
    json_text_string(t, "fix", NULL);
    return;
  }
  char *kind = hp_strndup(f->fix, strcspn(f->fix, " |"));
  bool none = strcmp(kind, "none") == 0;
  const char *why = none ? words + 1 : planned ? planned->why : NULL;
  bool changes = planned && !planned->why && can_hold(&planned->edits);
  if (planned && !why && !changes)
    why = "the text is no UTF-8, which JSON cannot hold: the diff can";
  json_text_begin(t, "fix", '{');
  json_text_string(t, "kind", none ? NULL : kind);
  json_text_string(t, "reason", why);
  if (changes)
    edits(t, &plan->files[planned->file], &planned->edits);
  else
    json_text_string(t, "edits", NULL);
  json_text_end(t, '{');
  free(kind);
}

static void loop(JsonText *t, const DbFinding *f) {
  if (!f->loop_line) {
    json_text_string(t, "loop", NULL);
    return;
  }
  json_text_begin(t, "loop", '{');
  json_text_integer(t, "line", f->loop_line);
  json_text_integer(t, "depth", f->loop_depth);
  json_text_end(t, '{');
}

static void rank(JsonText *t, const DbFinding *f) {
  json_text_begin(t, "rank", '{');
  json_text_integer(t, "position", f->position);
  json_text_real(t, "score", f->score);
  json_text_string(t, "basis", f->by_profile ? "profile" : "static");
  json_text_end(t, '{');
}

static void finding(JsonText *t, const RunResult *r, const DbFinding *f, const DbFinding *head,
                    const FixPlan *plan, const Fix *planned) {
  json_text_begin(t, NULL, '{');
  json_text_string(t, "rule", f->rule);
  json_text_string(t, "name", f->name);
  json_text_string(t, "file", f->file);
  json_text_integer(t, "line", f->line);
  json_text_integer(t, "column", f->column);
  json_text_integer(t, "end_line", f->end_line);
  json_text_integer(t, "end_column", f->end_column);
  json_text_string(t, "function", f->function);
  json_text_string(t, "record", f->record);
  loop(t, f);
  json_text_string(t, "severity", levels[f->severity]);
  json_text_string(t, "confidence", levels[f->confidence]);
  json_text_string(t, "growth", growths[f->growth]);
  json_text_real(t, "saving", f->saving);
  json_text_string(t, "saving_why", f->saving_why);
  json_text_boolean(t, "cold", f->cold);
  json_text_boolean(t, "listed", f->listed);
  json_text_string(t, "folded_into", head ? head->fingerprint : NULL);
  json_text_string(t, "group", f->group);
  sites(t, f);
  json_text_string(t, "message", f->message);
  json_text_string(t, "help", f->help);
  fix(t, f, plan, planned);
  facts(t, f);
  places(t, f);
  evidence(t, r, f);
  rank(t, f);
  json_text_string(t, "fingerprint", f->fingerprint);
  json_text_string(t, "suppressed", f->suppressed);
  json_text_end(t, '{');
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

/* One after the other: all of them as values would take many times the room of their text. */
static void add_findings(HpBuf *out, const RunResult *r, const DbFinding **heads,
                         const OutputOptions *options) {
  uint32_t limit = options->limit ? options->limit : UINT32_MAX;
  const FixPlan *plan = options->fixes;
  JsonText text = {.out = out, .depth = 2};
  uint32_t at = 0;
  for (uint32_t i = 0; i < r->findings.count && i < limit; i++) {
    const DbFinding *f = r->findings.items[i];
    const Fix *planned = plan ? fix_of(plan, f, &at) : NULL;
    finding(&text, r, f, heads[i], plan, planned);
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
  char *frame = json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  HP_ASSERT(frame);
  size_t head = (size_t)(strstr(frame, here) - frame) + sizeof here - 1;
  hp_buf_addn(out, frame, head);
  if (r->findings.count)
    add_findings(out, r, heads, options);
  hp_buf_addf(out, "%s\n", frame + head);
  free(heads);
  free(frame);
  json_decref(all);
}
