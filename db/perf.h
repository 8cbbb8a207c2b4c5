/* What the two perf readers share: binaries and their symbols, call chains, events. */
#ifndef HPLINT_DB_PERF_H
#define HPLINT_DB_PERF_H

#include "db/readers.h"
#include "db/symbols.h"

typedef struct PerfObject PerfObject;
typedef struct PerfObjects PerfObjects;

PerfObjects *perf_objects_new(Model *m, const ReadInput *in);
void perf_objects_free(PerfObjects *o);
/* The binary of this name and build-id (NULL: not recorded). Opened on first use of its symbols. */
PerfObject *perf_object(PerfObjects *o, const char *path, const uint8_t *build_id, uint32_t size);
/* Its symbols; NULL when it is missing, or another build than the one recorded. */
Symbols *perf_object_symbols(PerfObjects *o, PerfObject *object);
/* The binary, of those known so far, in which these functions (innermost first) are inlined into
 * each other at this file offset; NULL when there is none. */
PerfObject *perf_object_of_inlined(PerfObjects *o, uint64_t offset, const char *const *names,
                                   uint32_t count);
const char *perf_object_path(const PerfObject *object);
/* Warnings about binaries that mattered: missing, rebuilt, without debug information. */
void perf_objects_warn(PerfObjects *o, double total);

/* A call chain while it is put together, innermost frame first. */
enum { CHAIN_MAX = 1024 };
typedef struct PerfChain {
  uint32_t frames[CHAIN_MAX];
  uint32_t count;
  uint32_t leaf;      /* frames of the innermost address: inlined ones and their function */
  bool rooted;        /* reached main, or the start of a thread */
  bool kernel;        /* the last frame is the kernel's */
  PerfObject *object; /* of the innermost address */
} PerfChain;
void chain_clear(PerfChain *c);
/* However many kernel frames there are, they show as one function. */
void chain_add_kernel(PerfObjects *o, PerfChain *c);
/* A place in a binary by link-time address; callers' are those of the call, not the return. */
void chain_add_address(PerfObjects *o, PerfChain *c, PerfObject *object, uint64_t vaddr);
/* A place of which only the function is known, or not even that (NULL). */
void chain_add_function(PerfObjects *o, PerfChain *c, PerfObject *object, const char *function);
/* Counts the sample. `callers`: the chain was recorded with callers. `sure`: they come from unwind
 * information; else a chain that does not end in main or a thread's start is garbage from code
 * without frame pointers, and only its innermost address counts. */
void chain_end(PerfObjects *o, PerfChain *c, double weight, bool callers, bool sure);

/* "cpu-clock:uhppp" to metric and unit; both literals. False for events that measure no time. */
bool perf_event_metric(const char *event, const char **metric, const char **unit);

#endif
