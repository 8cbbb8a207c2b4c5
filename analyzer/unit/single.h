/* One unit for a build engine: its record into a file. Part of the program hplint-unit only. */
#ifndef HPLINT_ANALYZER_UNIT_SINGLE_H
#define HPLINT_ANALYZER_UNIT_SINGLE_H

#include "ir/support.h"

typedef struct SingleOptions {
  const char *output; /* the record; or */
  const char *ir;     /* the bare IR, made without a process of its own */
  const char *deps;   /* NULL: none */
  const char **maps;  /* "FROM=TO" */
  uint32_t nmaps, maps_cap;
  unsigned seconds, megabytes; /* limits; 0: the usual ones */
  char **command;              /* of the compiler */
  uint32_t ncommand;
  int (*serve)(void); /* what a worker does */
} SingleOptions;

/* The program's exit status: 0 when there is a record, else 2, and why on stderr. */
int single_unit(const SingleOptions *options);

/* In the worker of single_unit, and elsewhere without effect: what the record shall call a file by
 * --map, heap; NULL: its path. */
char *single_spell(const char *path);

#endif
