/* What was mapped where in each process while perf recorded. */
#ifndef HPLINT_DB_PERFSPACE_H
#define HPLINT_DB_PERFSPACE_H

#include "db/perf.h"

typedef struct PerfMap {
  uint64_t start, end, offset;
  PerfObject *object;
} PerfMap;
typedef struct PerfProcess {
  int32_t pid;
  bool used;
  uint8_t unwinder; /* the reader's; 0: none */
  PerfMap *maps;    /* by address, disjoint */
  uint32_t nmaps, maps_cap;
} PerfProcess;
/* Zero-initialise. */
typedef struct PerfSpaces {
  PerfProcess *processes; /* open addressing by pid */
  uint32_t count, cap;
} PerfSpaces;

/* The process, made when it is new. The pointer is good until the next one is made. */
PerfProcess *perf_process(PerfSpaces *s, int32_t pid);
/* The child has its parent's mappings. */
void perf_process_fork(PerfSpaces *s, int32_t pid, int32_t parent);
void perf_spaces_free(PerfSpaces *s);

/* A new mapping takes its place from those before it. */
void perf_map_add(PerfProcess *p, PerfMap m);
/* NULL when nothing is mapped there. */
const PerfMap *perf_map_find(const PerfProcess *p, uint64_t ip);

#endif
