/* Address spaces of recorded processes: see perfspace.h. */
#include "db/perfspace.h"

#include <stdlib.h>
#include <string.h>

static PerfProcess *find_or_add(PerfSpaces *s, int32_t pid) {
  for (uint32_t at = (uint32_t)pid * 2654435761u;; at++) {
    PerfProcess *p = &s->processes[at & (s->cap - 1)];
    if (p->used && p->pid == pid)
      return p;
    if (!p->used) {
      *p = (PerfProcess){.pid = pid, .used = true};
      s->count++;
      return p;
    }
  }
}

PerfProcess *perf_process(PerfSpaces *s, int32_t pid) {
  if (s->count * 4 >= s->cap * 3) {
    PerfSpaces old = *s;
    s->cap = old.cap ? old.cap * 2 : 64;
    s->processes = hp_calloc(s->cap, sizeof *s->processes);
    s->count = 0;
    for (uint32_t i = 0; i < old.cap; i++)
      if (old.processes[i].used)
        *find_or_add(s, old.processes[i].pid) = old.processes[i];
    free(old.processes);
  }
  return find_or_add(s, pid);
}

void perf_spaces_free(PerfSpaces *s) {
  for (uint32_t i = 0; i < s->cap; i++)
    free(s->processes[i].maps);
  free(s->processes);
}

static void insert(PerfProcess *p, uint32_t at, PerfMap m) {
  HP_GROW(p->maps, p->nmaps, p->maps_cap);
  memmove(p->maps + at + 1, p->maps + at, (p->nmaps - at) * sizeof *p->maps);
  p->maps[at] = m;
  p->nmaps++;
}

void perf_process_fork(PerfSpaces *s, int32_t pid, int32_t parent) {
  perf_process(s, pid);
  perf_process(s, parent); /* may move the table: only now take pointers */
  PerfProcess *child = find_or_add(s, pid);
  const PerfProcess *from = find_or_add(s, parent);
  child->nmaps = 0;
  for (uint32_t i = 0; i < from->nmaps; i++)
    insert(child, i, from->maps[i]);
}

void perf_map_add(PerfProcess *p, PerfMap m) {
  uint32_t at = 0;
  while (at < p->nmaps && p->maps[at].end <= m.start)
    at++;
  if (at < p->nmaps && p->maps[at].start < m.start) {
    PerfMap rest = p->maps[at];
    p->maps[at].end = m.start;
    at++;
    if (rest.end > m.end) {
      rest.offset += m.end - rest.start;
      rest.start = m.end;
      insert(p, at, rest);
    }
  }
  uint32_t gone = at;
  while (gone < p->nmaps && p->maps[gone].end <= m.end)
    gone++;
  if (gone < p->nmaps && p->maps[gone].start < m.end) {
    p->maps[gone].offset += m.end - p->maps[gone].start;
    p->maps[gone].start = m.end;
  }
  if (gone > at) {
    memmove(p->maps + at, p->maps + gone, (p->nmaps - gone) * sizeof *p->maps);
    p->nmaps -= gone - at;
  }
  insert(p, at, m);
}

const PerfMap *perf_map_find(const PerfProcess *p, uint64_t ip) {
  uint32_t lo = 0, hi = p->nmaps;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (p->maps[mid].start <= ip)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo && ip < p->maps[lo - 1].end ? &p->maps[lo - 1] : NULL;
}
