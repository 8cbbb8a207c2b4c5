/* Fuzzes the profile readers. The first byte chooses the reader, the rest is the file; no binary
 * that it names is opened. Whatever is read must be consistent: that is checked too. Seeds: the
 * files in db/tests/data with a byte '0' to '3' in front. */
#include "db/readers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const Profile *p) {
  double self = 0, functions = 0;
  for (uint32_t i = 0; i < p->nlines; i++) {
    HP_ASSERT(p->lines[i].file && p->lines[i].line);
    self += p->lines[i].self;
  }
  for (uint32_t i = 0; i < p->nfunctions; i++) {
    HP_ASSERT(p->functions[i].function);
    functions += p->functions[i].self;
  }
  double room = p->total * 1e-6;
  HP_ASSERT(self + p->lost >= p->total - room && self + p->lost <= p->total + room);
  HP_ASSERT(functions <= p->total + room);
  for (uint32_t i = 0; i < p->nstacks; i++)
    for (uint32_t k = 0; k < p->stacks[i].count; k++)
      HP_ASSERT(p->stack_frames[p->stacks[i].first + k] < p->nframes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  /* A copy of its own, so that reading behind its end is noticed. */
  uint8_t *copy = malloc(size - 1);
  memcpy(copy, data + 1, size - 1);
  ReadInput in = {"fuzz", copy, size - 1, 0, true};
  HpError err = {0};
  Profile *p = NULL;
  bool tried = false;
  switch (data[0] % 4) {
  case 0:
    if ((tried = perfdata_detect(&in)))
      p = perfdata_read(&in, &err);
    break;
  case 1:
    if ((tried = perfscript_detect(&in)))
      p = perfscript_read(&in, &err);
    break;
  case 2:
    if ((tried = callgrind_detect(&in)))
      p = callgrind_read(&in, &err);
    break;
  case 3:
    if ((tried = gcov_json_detect(&in)))
      p = gcov_json_read(&in, &err);
    break;
  }
  HP_ASSERT(!tried || (p != NULL) != err.set);
  HP_ASSERT(!err.set || !memchr(err.text, '\n', strlen(err.text)));
  if (p)
    check(p);
  profile_free(p);
  free(copy);
  return 0;
}
