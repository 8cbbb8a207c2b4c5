/* `hplint capture -- make` and `hplint record -- COMMAND`: the commands that run what the user
 * typed. */
#include "analyzer/cli/cli.h"
#include "analyzer/cli/record.h"
#include "analyzer/project/project.h"

#include <stdio.h>
#include <stdlib.h>

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
  if (err.set) /* nothing written; a failed build keeps its own status */
    cli_error(&err);
  return status < 0 ? 2 : status;
}

int cli_record(CliArgs *args) {
  bool help = false;
  unsigned frequency = 0;
  RecordOptions how = {0};
  const CliOption options[] = {
      {"output", 'o', "FILE", "keep the recording there", .text = &how.output},
      {"frequency", 'F', "HZ", "samples a second", .number = &frequency},
      {"no-callgraph", 0, NULL, "no call chains", .flag = &how.no_callgraph},
      {"callgrind", 0, NULL, "count instructions", .flag = &how.callgrind},
      {"quiet", 'q', NULL, "no summary", .flag = &how.quiet},
      {"help", 'h', NULL, "this text", .flag = &help},
      {NULL}};
  HpError err = {0};
  if (!cli_options(args, options, "record", &err))
    return cli_error(&err);
  if (help) {
    puts("usage: hplint record [OPTIONS] -- COMMAND\n\nRuns the command under perf and keeps the "
         "profile; build it with -O2 -g.\n\noptions: -F HZ (samples a second, default 999), "
         "-o FILE (keep the recording),\n--no-callgraph, --callgrind (exact instruction counts, "
         "some 50 times slower), -q");
    return 0;
  }
  if (args->count || !args->nrest) {
    hp_fail(&err, "record wants a command after `--`: hplint record -- ./program arguments");
    return cli_error(&err);
  }
  how.frequency = frequency;
  char *root = NULL;
  Store *store = cli_store(true, &root, &err);
  how.store = store;
  how.root = root;
  int status = store ? record_command(args->rest, &how, &err) : -1;
  store_close(store);
  free(root);
  return status < 0 ? cli_error(&err) : status;
}
