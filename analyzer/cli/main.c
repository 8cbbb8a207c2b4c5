/* hplint: which command is meant. Anything that is no command is a path for the main job. */
#include "analyzer/cli/cli.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

static const struct {
  const char *name;
  int (*run)(CliArgs *args);
} commands[] = {
    {"dis", cli_dis},         {"explain", cli_explain}, {"db", cli_db},
    {"profile", cli_profile}, {"record", cli_record},   {"capture", cli_capture},
    {"hook", cli_hook},       {"lsp", cli_lsp},         {"link", cli_link},
};

/* Words before and after the first `--`. */
static CliArgs split(int argc, char **argv) {
  CliArgs args = {.items = argv, .count = argc};
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], "--") == 0) {
      args.count = i;
      args.rest = argv + i + 1;
      args.nrest = argc - i - 1;
      break;
    }
  }
  return args;
}

int main(int argc, char **argv) {
  setlocale(LC_CTYPE, "");
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
  for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(argv[1], commands[i].name) == 0) {
      CliArgs args = split(argc - 2, argv + 2);
      return commands[i].run(&args);
    }
  }
  CliArgs args = split(argc > 0 ? argc - 1 : 0, argv + 1);
  return cli_lint(&args);
}
