/* `hplint lsp`: the language server on stdin and stdout. */
#include "analyzer/lsp/lsp.h"

#include <stdio.h>
#include <unistd.h>

#include "analyzer/cli/cli.h"

int cli_lsp(CliArgs *args) {
  bool help = false, stdio = false;
  const CliOption options[] = {{"stdio", 0, NULL, "as always", .flag = &stdio},
                               {"help", 'h', NULL, "this text", .flag = &help},
                               {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "lsp", &err))
    return cli_error(&err);
  if (args->count) {
    hp_fail(&err, "lsp takes no arguments; editors start it and talk to it");
    return cli_error(&err);
  }
  if (help) {
    puts("usage: hplint lsp\n\nA language server on stdin and stdout: findings of the C files that "
         "an editor has open,\nwhile they are edited.");
    return 0;
  }
  return lsp_serve(STDIN_FILENO, STDOUT_FILENO);
}
