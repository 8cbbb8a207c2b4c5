/* `hplint db`: what the store holds, or the answer to a read-only query. */
#include "analyzer/cli/cli.h"
#include "db/store.h"

#include <stdio.h>
#include <stdlib.h>

/* Tab-separated rows, names first. */
static bool print_row(void *context, int64_t index, int ncolumns, const char *const *values) {
  (void)context;
  (void)index;
  HpBuf line = {0};
  for (int i = 0; i < ncolumns; i++) {
    if (i)
      hp_buf_addc(&line, '\t');
    hp_buf_add_escaped(&line, values[i] ? values[i] : "");
  }
  puts(hp_buf_text(&line));
  hp_buf_free(&line);
  return true;
}

static bool overview(Store *store, HpError *err) {
  HpBuf text = {0};
  bool ok = store_overview(store, &text, err);
  if (ok)
    cli_print(&text);
  hp_buf_free(&text);
  return ok;
}

int cli_db(CliArgs *args) {
  bool help = false;
  const CliOption options[] = {{"help", 'h', NULL, "this text", .flag = &help}, {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "db", &err))
    return cli_error(&err);
  if (help) {
    puts("usage: hplint db [SQL]\n\nWithout SQL, what the store of this project holds. SQL is a "
         "read-only query; its rows\nare printed with tabs between, names first. docs/schema.md "
         "describes the tables.");
    return 0;
  }
  char *root;
  Store *store = cli_store(false, &root, &err);
  bool ok = store != NULL;
  if (ok)
    ok = args->count ? store_query(store, args->items[0], print_row, NULL, &err)
                     : overview(store, &err);
  store_close(store);
  free(root);
  return ok ? 0 : cli_error(&err);
}
