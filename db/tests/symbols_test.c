/* Program headers and symbols of binaries: a hand-made one in lld's layout, and the sample's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/symbols.h"
#include "db/tests/profile_tools.h"

#include <elf.h>
#include <unistd.h>

/* lld puts code at an address that is not its offset, and in the middle of a page. */
static void addresses_follow_the_program_headers(void **state) {
  (void)state;
  struct {
    Elf64_Ehdr head;
    Elf64_Phdr ph[2];
    char bytes[0xc00];
  } elf = {.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                    .e_type = ET_DYN,
                    .e_machine = EM_X86_64,
                    .e_version = EV_CURRENT,
                    .e_phoff = sizeof(Elf64_Ehdr),
                    .e_ehsize = sizeof(Elf64_Ehdr),
                    .e_phentsize = sizeof(Elf64_Phdr),
                    .e_phnum = 2},
           .ph = {{.p_type = PT_LOAD,
                   .p_flags = PF_R,
                   .p_filesz = 0x81c,
                   .p_memsz = 0x81c,
                   .p_align = 0x1000},
                  {.p_type = PT_LOAD,
                   .p_flags = PF_R | PF_X,
                   .p_offset = 0x820,
                   .p_vaddr = 0x1820,
                   .p_filesz = 0x310,
                   .p_memsz = 0x310,
                   .p_align = 0x1000}}};
  char path[] = "/tmp/symbols_test_XXXXXX";
  int fd = mkstemp(path);
  assert_int_equal(write(fd, &elf, sizeof elf), sizeof elf);
  close(fd);
  HpError err = {0};
  Symbols *s = symbols_open(path, &err);
  assert_non_null(s);
  uint64_t vaddr, offset;
  assert_true(symbols_vaddr(s, 0x820, &vaddr));
  assert_int_equal(vaddr, 0x1820);
  assert_true(symbols_vaddr(s, 0xb2f, &vaddr));
  assert_int_equal(vaddr, 0x1b2f);
  assert_false(symbols_vaddr(s, 0xb30, &vaddr));
  assert_true(symbols_vaddr(s, 0, &vaddr)); /* where the mapping of the code starts */
  assert_int_equal(vaddr, 0x1000);
  assert_true(symbols_offset(s, 0x1900, &offset));
  assert_int_equal(offset, 0x900);
  assert_false(symbols_offset(s, 0x3000, &offset));
  SymFrame frames[SYMBOLS_MAX_FRAMES];
  assert_int_equal(symbols_lookup(s, 0x1900, frames), 0);
  symbols_close(s);
  unlink(path);
}

/* fib's entry, and an address inside hot's loop where square is inlined into cube into hot. */
static void lookups_give_functions_and_inlined_ones(void **state) {
  (void)state;
  HpError err = {0};
  Symbols *s = symbols_open(DATA "/sample", &err);
  assert_non_null(s);
  uint64_t at, size;
  SymFrame f[SYMBOLS_MAX_FRAMES];
  assert_true(symbols_has_lines(s));
  assert_true(symbols_find(s, "fib", 0, &at, &size));
  assert_false(symbols_find(s, "fib", 1, &at, &size));
  assert_false(symbols_find(s, "square", 0, &at, &size)); /* inlined everywhere */
  assert_int_equal(symbols_lookup(s, at, f), 1);
  assert_string_equal(f[0].function, "fib");
  assert_string_equal(f[0].defined_in, "/src/sample.c");
  assert_int_equal(f[0].defined_at, 25);
  assert_true(symbols_find(s, "hot.constprop.0", 0, &at, &size));
  unsigned inlined = 0;
  for (uint64_t i = at; i < at + size; i++) {
    uint32_t n = symbols_lookup(s, i, f);
    assert_true(n >= 1 && n <= 3);
    assert_string_equal(f[n - 1].function, "hot");
    if (n < 3)
      continue;
    inlined++;
    assert_string_equal(f[0].function, "square");
    assert_int_equal(f[0].line, 10);
    assert_string_equal(f[1].function, "cube");
    assert_int_equal(f[1].line, 14); /* where it calls square */
    assert_int_equal(f[2].line, 21); /* where it calls cube */
  }
  assert_true(inlined > 0);
  assert_int_equal(symbols_lookup(s, 0x10, f), 0);
  /* _init has no size: it ends with its section, where the linkage table begins. */
  assert_true(symbols_find(s, "_init", 0, &at, &size));
  assert_true(size > 0 && size < 0x20);
  assert_int_equal(symbols_lookup(s, at + size, f), 0);
  assert_string_equal(symbols_source(s, "sample.c"), "/src/sample.c");
  assert_null(symbols_source(s, "ample.c"));
  symbols_close(s);
}

static void only_binaries_are_opened(void **state) {
  (void)state;
  HpError err = {0};
  assert_null(symbols_open(DATA "/sample.c", &err));
  assert_non_null(strstr(err.text, "not a program"));
  err = (HpError){0};
  assert_null(symbols_open("/dev/zero", &err));
  err = (HpError){0};
  assert_null(symbols_open(DATA, &err));
  err = (HpError){0};
  assert_null(symbols_open(DATA "/nosuch", &err));
  assert_non_null(strstr(err.text, "No such file"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses_follow_the_program_headers),
      cmocka_unit_test(lookups_give_functions_and_inlined_ones),
      cmocka_unit_test(only_binaries_are_opened),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
