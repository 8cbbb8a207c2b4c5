/* Unwinding recorded samples with libdwfl: see perfunwind.h. */
#include "db/perfunwind.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct Unwinder {
  Dwfl *dwfl;
  bool ready;
  const UnwindSample *sample; /* while running */
  uint64_t sp;
  uint64_t *addresses;
  uint32_t count, cap;
};

enum { UNWIND_PID = 1 }; /* libdwfl wants a number, and never uses it */

/* perf's number of each DWARF register, in DWARF's order. */
#if defined(__x86_64__)
static const uint8_t dwarf_regs[] = {0, 3, 2, 1, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 8};
enum { REG_SP = 7, REG_PC = 8 };
#elif defined(__aarch64__)
static const uint8_t dwarf_regs[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                     22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
enum { REG_SP = 31, REG_PC = 32 };
#else
static const uint8_t dwarf_regs[] = {0};
enum { REG_SP = 64, REG_PC = 64 };
#endif
enum { DWARF_REGS = sizeof dwarf_regs };

static bool reg_value(const UnwindSample *s, unsigned reg, uint64_t *value) {
  if (reg > 63 || !(s->mask >> reg & 1))
    return false;
  unsigned at = (unsigned)__builtin_popcountll(s->mask & ((UINT64_C(1) << reg) - 1));
  memcpy(value, s->regs + 8 * at, 8);
  return true;
}

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread) {
  if (*thread)
    return 0;
  *thread = context;
  return dwfl_pid(dwfl);
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *context) {
  (void)dwfl;
  const Unwinder *u = context;
  if (address < u->sp || u->sample->stack_size < sizeof *result ||
      address - u->sp > u->sample->stack_size - sizeof *result)
    return false;
  memcpy(result, u->sample->stack + (address - u->sp), sizeof *result);
  return true;
}

static bool set_registers(Dwfl_Thread *thread, void *context) {
  const Unwinder *u = context;
  Dwarf_Word values[DWARF_REGS];
  for (int i = 0; i < DWARF_REGS; i++) {
    uint64_t value = 0;
    reg_value(u->sample, dwarf_regs[i], &value);
    values[i] = value;
  }
  uint64_t pc;
  if (!reg_value(u->sample, REG_PC, &pc))
    return false;
  dwfl_thread_state_register_pc(thread, pc);
  return dwfl_thread_state_registers(thread, 0, DWARF_REGS, values);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .memory_read = memory_read,
    .set_initial_registers = set_registers,
};
static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

static void report(Unwinder *u, const UnwindMap *m) {
  uint64_t vaddr;
  if (!m->symbols || !symbols_vaddr(m->symbols, m->offset, &vaddr))
    return;
  const char *path = symbols_path(m->symbols);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return;
  /* With add_p_vaddr the base is what is added to link-time addresses. */
  if (!dwfl_report_elf(u->dwfl, path, path, fd, m->start - vaddr, true))
    close(fd);
}

Unwinder *unwinder_new(const UnwindMap *maps, uint32_t count) {
  Unwinder *u = hp_calloc(1, sizeof *u);
  u->dwfl = dwfl_begin(&callbacks);
  if (!u->dwfl)
    return u;
  dwfl_report_begin(u->dwfl);
  for (uint32_t i = 0; i < count; i++) {
    bool again = false; /* a binary's second mapping: it is one module */
    for (uint32_t k = 0; k < i && !again; k++)
      again = maps[k].symbols == maps[i].symbols;
    if (!again)
      report(u, &maps[i]);
  }
  dwfl_report_end(u->dwfl, NULL, NULL);
  u->ready = DWARF_REGS > 1 && dwfl_attach_state(u->dwfl, NULL, UNWIND_PID, &thread_callbacks, u);
  return u;
}

void unwinder_free(Unwinder *u) {
  if (!u)
    return;
  if (u->dwfl)
    dwfl_end(u->dwfl);
  free(u);
}

static int add_frame(Dwfl_Frame *state, void *context) {
  Unwinder *u = context;
  Dwarf_Addr pc;
  bool exact;
  if (!dwfl_frame_pc(state, &pc, &exact) || !pc || u->count == u->cap)
    return DWARF_CB_ABORT;
  u->addresses[u->count] = u->count && !exact ? pc - 1 : pc;
  u->count++;
  return DWARF_CB_OK;
}

uint32_t unwinder_run(Unwinder *u, const UnwindSample *sample, uint64_t *addresses, uint32_t cap) {
  if (!u->ready || !reg_value(sample, REG_SP, &u->sp))
    return 0;
  u->sample = sample;
  u->addresses = addresses;
  u->count = 0;
  u->cap = cap;
  dwfl_getthread_frames(u->dwfl, UNWIND_PID, add_frame, u);
  return u->count;
}
