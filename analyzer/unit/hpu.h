/* The file that `hplint-unit -o` writes and `hplint link` reads: the unit record, and with it what
 * else the plain run would know of the unit. The same for the same input, byte for byte, so that
 * build engines can cache it: no times in it, and no paths but those of the tree. */
#ifndef HPLINT_ANALYZER_UNIT_HPU_H
#define HPLINT_ANALYZER_UNIT_HPU_H

#include "analyzer/unit/worker.h"

typedef struct HpuDrop { /* ProjectDrop's arguments */
  uint32_t kind, count;
  char *what;
} HpuDrop;

typedef struct HpuFile {
  char *file; /* absolute; NULL: the command had no C file but another, which is among the drops */
  uint64_t key, merit; /* of the unit: ProjectUnit, project_merit */
  HpuDrop *drops;
  uint32_t ndrops, drops_cap;
  UnitResult result; /* but files, look-ups, times */
} HpuFile;

void hpu_encode(HpBuf *out, const HpuFile *f);
/* False and `err`, which names `path`, when the bytes are no record of this very front end, or are
 * damaged. */
bool hpu_decode(const void *bytes, size_t size, const char *path, HpuFile *out, HpError *err);
void hpu_free(HpuFile *f);

#endif
