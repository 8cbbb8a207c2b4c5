/* Filled in by position: another order would give the values to other fields. */
struct command {
  char letter;
  const char *name;
  char arguments;
};

static const struct command commands[] = {
    {'a', "add", 2},  {'b', "back", 0}, {'c', "copy", 2}, {'d', "delete", 1}, {'e', "exit", 0},
    {'f', "find", 1}, {'g', "go", 1},   {'h', "help", 0}, {'i', "insert", 2}, {'j', "join", 1},
};

const char *name_of(char letter) {
  for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
    if (commands[i].letter == letter && commands[i].arguments < 3)
      return commands[i].name;
  return 0;
}
