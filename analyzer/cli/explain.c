/* `hplint explain`: the pages of the rules, which are built in. */
#include "analyzer/cli/cli.h"
#include "rules/rule.h"

#include <stdio.h>
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
    puts("usage: hplint explain [RULE...]\n\nRULE is an id (HP201) or a name (alloc-in-loop).");
    return 0;
  }
  if (!args->count)
    return list_rules();
  for (int i = 0; i < args->count; i++) {
    const Rule *rule = rule_find(args->items[i]);
    if (!rule) {
      hp_fail(&err, "no rule '%s'; did you mean %s?", args->items[i], rule_nearest(args->items[i]));
      return cli_error(&err);
    }
    print_page(rule->page, cli_colour(colour));
  }
  return 0;
}
