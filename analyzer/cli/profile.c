/* `hplint profile import|show|list|delete`. */
#include "db/profile.h"
#include "analyzer/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: hplint profile import FILE      perf.data, `perf script` text, callgrind, gcov "
    "(.gcda,\n"
    "                                       its JSON, or a folder of them)\n"
    "       hplint profile show [OPTIONS]   by function, or with --lines by line\n"
    "       hplint profile list\n"
    "       hplint profile delete ID\n"
    "\n"
    "show: --id ID, --lines, --filter FUNCTION|FILE, --limit N, --format text|json, --color WHEN\n";

static bool import(Store *s, const char *root, const char *path, HpError *err) {
  Profile *p = profile_read(path, err);
  if (!p)
    return false;
  char *label = NULL;
  int64_t id = 0;
  bool ok = store_put_profile(s, p, root, &id, err) && store_find_profile(s, id, &id, &label, err);
  if (ok) {
    printf("profile %lld: %s, %u functions, %u lines\n", (long long)id, label, p->nfunctions,
           p->nlines);
    for (uint32_t i = 0; i < p->nwarnings; i++)
      fprintf(stderr, "hplint: warning: %s\n", p->warnings[i]);
  }
  free(label);
  profile_free(p);
  return ok;
}

static bool number(const char *text, int64_t *id, HpError *err) {
  char *end;
  *id = strtoll(text, &end, 10);
  return (*id > 0 && !*end) ||
         hp_fail(err, "'%s' is no profile number (hplint profile list)", text);
}

static bool show(Store *s, const char *root, ProfileShow *how, const char *wanted, HpError *err) {
  int64_t which = 0;
  char *label = NULL;
  if ((wanted && !number(wanted, &which, err)) ||
      !store_find_profile(s, which, &how->id, &label, err))
    return false;
  free(label);
  if (!how->id)
    return hp_fail(err, "no profile stored yet: hplint record -- COMMAND, or hplint profile import "
                        "FILE");
  how->root = root;
  HpBuf text = {0};
  bool ok = profile_show(s, how, &text, err);
  if (ok)
    cli_print(&text);
  hp_buf_free(&text);
  return ok;
}

static bool print_row(void *context, int64_t index, int ncolumns, const char *const *values) {
  (void)context;
  for (int i = 0; i < ncolumns; i++) {
    HpBuf cell = {0};
    hp_buf_add_escaped(&cell, values[i] ? values[i] : "");
    printf(i + 1 < ncolumns ? "%-12s  " : "%s\n", hp_buf_text(&cell));
    hp_buf_free(&cell);
  }
  (void)index;
  return true;
}

static bool list(Store *s, HpError *err) {
  return store_query(s,
                     "SELECT id, format, metric, CAST(samples AS INTEGER) AS samples, source "
                     "FROM profile ORDER BY id",
                     print_row, NULL, err);
}

static bool run(const char *verb, CliArgs *args, Store *s, const char *root, ProfileShow *how,
                const char *id, HpError *err) {
  if (!strcmp(verb, "show"))
    return show(s, root, how, id, err);
  if (!strcmp(verb, "list"))
    return list(s, err);
  for (int i = 1; i < args->count; i++) {
    int64_t which;
    bool ok = !strcmp(verb, "import")
                  ? import(s, root, args->items[i], err)
                  : number(args->items[i], &which, err) && store_delete_profile(s, which, err);
    if (!ok)
      return false;
  }
  return args->count > 1 || hp_fail(err, "profile %s: of what? hplint profile --help", verb);
}

int cli_profile(CliArgs *args) {
  static const char *const verbs[] = {"import", "show", "list", "delete"};
  bool help = false;
  ProfileShow how = {0};
  const char *format = NULL, *colour = NULL, *id = NULL;
  const CliOption options[] = {{"lines", 0, NULL, "by line", .flag = &how.by_line},
                               {"filter", 0, "NAME", "one function or file", .text = &how.filter},
                               {"limit", 0, "N", "rows", .number = &how.limit},
                               {"format", 0, "FORMAT", "text or json", .text = &format},
                               {"color", 0, "WHEN", "auto, always, never", .text = &colour},
                               {"id", 0, "ID", "which profile", .text = &id},
                               {"help", 'h', NULL, "this text", .flag = &help},
                               {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "profile", &err))
    return cli_error(&err);
  if (help || !args->count) {
    fputs(usage, help ? stdout : stderr);
    return help ? 0 : 2;
  }
  const char *verb = hp_nearest(args->items[0], verbs, 4);
  if (strcmp(verb, args->items[0])) {
    hp_fail(&err, "no command 'profile %s'; did you mean %s?", args->items[0], verb);
    return cli_error(&err);
  }
  how.json = format && !strcmp(format, "json");
  how.colour = cli_colour(colour);
  char *root;
  Store *store = cli_store(!strcmp(verb, "import"), &root, &err);
  bool ok = store && run(verb, args, store, root, &how, id, &err);
  store_close(store);
  free(root);
  return ok ? 0 : cli_error(&err);
}
