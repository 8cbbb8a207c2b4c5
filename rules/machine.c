/* Cache sizes, portable or as the C library knows them of the running system. */
#include "rules/machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_CACHES = 8 };

const Machine machine_portable = {
    .l1 = 32 << 10, .l2 = 1 << 20, .l3 = 8 << 20, .line = 64, .l1_ways = 8};

static bool is_power_of_two(uint64_t v) {
  return v && !(v & (v - 1));
}

static uint64_t told(int name, uint64_t otherwise) {
  long value = sysconf(name);
  return value > 0 ? (uint64_t)value : otherwise;
}

/* One number of the kernel's description of a cache, "32768K" as bytes; 0 when there is none. */
static uint64_t of_cache(unsigned index, const char *what) {
  char path[96], text[32] = "";
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%u/%s", index, what);
  FILE *in = fopen(path, "re");
  if (!in)
    return 0;
  bool some = fgets(text, sizeof text, in) != NULL;
  fclose(in);
  char *end = text;
  uint64_t value = some ? strtoull(text, &end, 10) : 0;
  return *end == 'K' ? value << 10 : *end == 'M' ? value << 20 : value;
}

/* Where a processor has several last-level caches, sysconf adds them up; what one core uses is in
 * the kernel's description. */
static uint64_t l3_of_core(void) {
  for (unsigned i = 0; i < MOST_CACHES; i++)
    if (of_cache(i, "level") == 3)
      return of_cache(i, "size");
  return 0;
}

Machine machine_of_system(void) {
  Machine m = machine_portable;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  uint64_t line = told(_SC_LEVEL1_DCACHE_LINESIZE, m.line);
  uint64_t ways = told(_SC_LEVEL1_DCACHE_ASSOC, m.l1_ways);
  m.l1 = told(_SC_LEVEL1_DCACHE_SIZE, m.l1);
  m.l2 = told(_SC_LEVEL2_CACHE_SIZE, m.l2);
  m.l3 = told(_SC_LEVEL3_CACHE_SIZE, m.l3);
  uint64_t l3 = l3_of_core();
  if (l3 && (!m.l3 || l3 < m.l3))
    m.l3 = l3;
  if (is_power_of_two(line) && line >= 16 && line <= 1024)
    m.line = (uint32_t)line;
  if (ways <= 64 && m.l1 % (ways * m.line) == 0)
    m.l1_ways = (uint32_t)ways;
#endif
  return m;
}

uint32_t machine_l1_sets(const Machine *m) {
  uint64_t sets = m->l1 / ((uint64_t)m->line * m->l1_ways);
  return sets ? (uint32_t)sets : 1;
}
