/* hplint: which command is meant. Anything that is no command is a path for the main job. */
#include "analyzer/cli/cli.h"

#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
  const char *name;
  int (*run)(CliArgs *args);
} commands[] = {
    {"dis", cli_dis},       {"explain", cli_explain}, {"db", cli_db},     {"profile", cli_profile},
    {"record", cli_record}, {"capture", cli_capture}, {"hook", cli_hook}, {"lsp", cli_lsp},
    {"link", cli_link},     {"layout", cli_layout},   {"fix", cli_fix},
};

/* `hplint help COMMAND` is `hplint COMMAND --help`. */
static int help(int argc, char **argv) {
  char option[] = "--help", *items[] = {option};
  CliArgs args = {.items = items, .count = 1};
  for (size_t i = 0; argc > 0 && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(argv[0], commands[i].name) == 0)
      return commands[i].run(&args);
  if (argc == 0)
    return cli_lint(&args);
  const char *names[sizeof commands / sizeof *commands];
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    names[i] = commands[i].name;
  HpError err = {0};
  hp_fail(&err, "no command '%s'; did you mean %s?", argv[0],
          hp_nearest(argv[0], names, sizeof names / sizeof *names));
  return cli_error(&err);
}

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
  struct stat st;
  if (argc > 1 && strcmp(argv[1], "help") == 0 && stat("help", &st) != 0)
    return help(argc - 2, argv + 2);
  CliArgs args = split(argc > 0 ? argc - 1 : 0, argv + 1);
  return cli_lint(&args);
}
