/* `hplint explain`: the pages of the rules, which are built in, and findings of the latest run with
 * what they rest on. */
#include "analyzer/cli/cli.h"
#include "analyzer/output/output.h"
#include "rules/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Markdown on a terminal: headings and code stand out, the rest is as written. */
static void print_page(const char *page, bool colour) {
  bool code = false;
  for (const char *line = page; *line;) {
    int length = (int)strcspn(line, "\n");
    bool fence = strncmp(line, "```", 3) == 0;
    const char *style = !colour                   ? ""
                        : line[0] == '#' && !code ? "\033[1m"
                        : code && !fence          ? "\033[36m"
                        : fence                   ? "\033[2m"
                                                  : "";
    printf("%s%.*s%s\n", style, length, line, *style ? "\033[0m" : "");
    code ^= fence;
    line += length + (line[length] == '\n');
  }
}

static int list_rules(void) {
  for (uint32_t i = 0; i < nrules; i++)
    printf("%s  %-20s %s\n", rules[i]->id, rules[i]->name, rules[i]->summary);
  puts("\nhplint explain RULE shows a rule's page.");
  return 0;
}

/* ---- a finding ------------------------------------------------------------------------------- */

enum { FINGERPRINT = 16, FEWEST = 6 };

static bool is_fingerprint(const char *word) {
  size_t length = strlen(word);
  return length >= FEWEST && length <= FINGERPRINT && strspn(word, "0123456789abcdef") == length &&
         strpbrk(word, "0123456789");
}

static void add_rank(HpBuf *out, const DbFinding *f, uint32_t count) {
  hp_buf_addf(out, "rank         %d of %u, by %s%s\n", f->position, count,
              f->by_profile ? "the profile" : "the static estimate",
              f->listed ? "" : "; not in the list without --all");
  hp_buf_addf(out, "saving       %.0f%% of the time at its places: %s\n", f->saving * 100,
              f->saving_why ? f->saving_why : "by the rule's model");
  hp_buf_addf(out, "at most      %.0f%% of it\n", f->bound_factor * 100);
  hp_buf_addf(out, "compiler     %s%s%s%s%s\n", f->compiler_status,
              f->compiler_witness ? ", says " : "", f->compiler_witness ? f->compiler_witness : "",
              f->compiler_reason ? ": " : "", f->compiler_reason ? f->compiler_reason : "");
  for (uint32_t i = 0; i < f->nsites; i++) {
    const DbSite *s = &f->sites[i];
    hp_buf_add(out, i ? "             " : "paid at      ");
    hp_buf_add_escaped(out, s->file);
    hp_buf_addf(out, ":%u%s%s%s\n", s->line, s->function ? " in " : "",
                s->function ? s->function : "", s->inclusive ? ", with all that it calls" : "");
  }
  hp_buf_addf(out, "fingerprint  %s\n", f->fingerprint);
}

static void print_finding(DbFinding *f, const char *root, const char *profile, uint32_t count,
                          bool colour) {
  RunResult one = {.findings = {.items = &f, .count = 1}};
  one.project.root = (char *)(uintptr_t)root;
  one.profile_label = (char *)(uintptr_t)profile;
  OutputOptions options = {.all = true, .quiet = true, .colour = colour, .width = cli_width()};
  HpBuf text = {0};
  output_text(&text, &one, &options);
  add_rank(&text, f, count);
  cli_print(&text);
  hp_buf_free(&text);
}

/* By the start of its fingerprint. */
static bool explain_finding(const char *word, bool colour, HpError *err) {
  char *root = NULL;
  Store *store = cli_store(false, &root, err);
  DbFindings all = {0};
  DbRun run = {0};
  bool ok = store && store_get_findings(store, 0, &all, &run, err);
  uint32_t found = 0;
  for (uint32_t i = 0; ok && i < all.count; i++)
    if (!strncmp(all.items[i]->fingerprint, word, strlen(word))) {
      print_finding(all.items[i], root, run.profile, all.count, colour);
      found++;
    }
  if (ok && !found)
    ok = hp_fail(err, "no finding of the latest run has the fingerprint %s", word);
  db_findings_free(&all);
  store_close(store);
  free(root);
  return ok;
}

/* ---- the command ----------------------------------------------------------------------------- */

int cli_explain(CliArgs *args) {
  bool help = false;
  const char *colour = NULL;
  const CliOption options[] = {{"color", 0, "WHEN", "auto, always, never", .text = &colour},
                               {"help", 'h', NULL, "this text", .flag = &help},
                               {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "explain", &err))
    return cli_error(&err);
  if (help) {
    puts(
        "usage: hplint explain [RULE|FINDING...]\n\n"
        "RULE is an id (HP201) or a name (alloc-in-loop). FINDING is a fingerprint of the latest "
        "run "
        "or its\nstart (from --format json or the store): the finding with its rank, what it rests "
        "on and what\nthe compiler says.");
    return 0;
  }
  if (!args->count)
    return list_rules();
  for (int i = 0; i < args->count; i++) {
    const Rule *rule = rule_find(args->items[i]);
    if (!rule && is_fingerprint(args->items[i])) {
      if (!explain_finding(args->items[i], cli_colour(colour), &err))
        return cli_error(&err);
      continue;
    }
    if (!rule) {
      hp_fail(&err, "no rule '%s'; did you mean %s?", args->items[i], rule_nearest(args->items[i]));
      return cli_error(&err);
    }
    print_page(rule->page, cli_colour(colour));
  }
  return 0;
}
