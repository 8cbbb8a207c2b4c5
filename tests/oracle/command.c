/* A compiler's command -> clang's arguments for the oracle.
 *
 * The flags are those that hplint takes from the command, so that both read the same program. Code
 * is generated as for -O0, whatever the level (its macros are kept): no lifetime markers, no
 * cleanups for them, no stores split up. Calls of library functions stay calls (-fno-builtin; the
 * second witness has builtins), unused static functions are there (-femit-all-decls), and values
 * keep their names, which tell what clang does of its own accord. */
#include "analyzer/project/project.h"
#include "tests/oracle/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print(const char *arg) {
  fwrite(arg, 1, strlen(arg) + 1, stdout);
}

/* hplint reads OpenMP's regions as plain code. */
static bool print_openmp(const char *arg) {
  if (strncmp(arg, "-fopenmp", 8) != 0)
    return false;
  if (!arg[8] || arg[8] == '=')
    print("-D_OPENMP=202011");
  return true;
}

/* The macros of the level asked for, and code as for -O0. The second witness has that of -O1, but
 * for what hplint has not either: it emits bodies of functions that are inline elsewhere. */
static void print_level(char level, bool second) {
  bool optimised = level != '0';
  print(second ? "-O1" : "-O0");
  if (second) {
    print("-Xclang");
    print("-disable-lifetime-markers");
  } else {
    print("-fno-builtin");
  }
  if (optimised && !second) {
    print("-D__OPTIMIZE__");
    print("-U__NO_INLINE__");
  } else if (!optimised && second) {
    print("-U__OPTIMIZE__");
    print("-D__NO_INLINE__");
  }
  if (level == 's' || level == 'z')
    print("-D__OPTIMIZE_SIZE__");
  if (level == 'f')
    print("-ffast-math");
}

static void print_unit(const ProjectUnit *unit, bool second) {
  static const char *const own[] = {"-w", "-ferror-limit=0", "-femit-all-decls",
                                    /* Headers of clang 19 that cannot be emitted as a whole. */
                                    "-D__AMXINTRIN_H", "-D__AMX_COMPLEXINTRIN_H",
                                    "-fno-discard-value-names", "-gline-tables-only", "-Xclang",
                                    "-disable-O0-optnone", "-Xclang", "-disable-llvm-passes",
                                    "-emit-llvm", "-c"};
  char level = '0';
  for (uint32_t i = 0; i < unit->nargs; i++) {
    const char *arg = unit->args[i];
    if (!strncmp(arg, "-O", 2))
      level = arg[2] ? arg[2] : '1';
    else if (!print_openmp(arg))
      print(arg);
  }
  print_level(level, second);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    print(own[i]);
  print(unit->file);
}

static void free_unit(ProjectUnit *unit) {
  for (uint32_t i = 0; i < unit->nargs; i++)
    free(unit->args[i]);
  free(unit->args);
  free(unit->file);
  free(unit->directory);
}

int print_command(char **command, int count, bool second) {
  char *directory = getcwd(NULL, 0);
  ProjectUnit unit = {0};
  const char *why = "no C file";
  if (!directory ||
      !flags_from_command(NULL, directory, NULL, command, (uint32_t)count, &unit, &why)) {
    fprintf(stderr, "oracle-compare: nothing to analyse in this command: %s\n", why);
    free(directory);
    return 2;
  }
  print_unit(&unit, second);
  free_unit(&unit);
  free(directory);
  return 0;
}
