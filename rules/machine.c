/* Cache sizes, portable or as the C library knows them of the running system. */
#include "rules/machine.h"

#include <stdbool.h>
#include <unistd.h>

const Machine machine_portable = {
    .l1 = 32 << 10, .l2 = 1 << 20, .l3 = 8 << 20, .line = 64, .l1_ways = 8};

static bool is_power_of_two(uint64_t v) {
  return v && !(v & (v - 1));
}

static uint64_t told(int name, uint64_t otherwise) {
  long value = sysconf(name);
  return value > 0 ? (uint64_t)value : otherwise;
}

Machine machine_of_system(void) {
  Machine m = machine_portable;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  uint64_t line = told(_SC_LEVEL1_DCACHE_LINESIZE, m.line);
  uint64_t ways = told(_SC_LEVEL1_DCACHE_ASSOC, m.l1_ways);
  m.l1 = told(_SC_LEVEL1_DCACHE_SIZE, m.l1);
  m.l2 = told(_SC_LEVEL2_CACHE_SIZE, m.l2);
  m.l3 = told(_SC_LEVEL3_CACHE_SIZE, m.l3);
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
