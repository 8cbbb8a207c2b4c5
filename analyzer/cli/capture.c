/* `hplint capture -- make`, and the language server's entry. */
#include "analyzer/cli/cli.h"
#include "analyzer/project/project.h"

#include <stdio.h>

int cli_capture(CliArgs *args) {
  const char *output = "compile_commands.json";
  bool help = false;
  const CliOption options[] = {{"output", 'o', "FILE", "where to write", .text = &output},
                               {"help", 'h', NULL, "this text", .flag = &help},
                               {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "capture", &err))
    return cli_error(&err);
  if (help || args->count || !args->nrest) {
    fputs("usage: hplint capture [-o FILE] -- BUILD COMMAND\n\nRuns the build and writes "
          "compile_commands.json from the compilers it starts.\n",
          help ? stdout : stderr);
    return help ? 0 : 2;
  }
  int status = project_capture(args->rest, output, &err);
  return status < 0 ? cli_error(&err) : status;
}
