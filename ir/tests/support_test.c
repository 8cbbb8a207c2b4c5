/* Arenas and threads. */
#include "ir/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Whatever its chunks are like: blocks are zero, aligned, apart and stay. */
static void check_blocks(HpArena *arena) {
  static const size_t sizes[] = {1, 8, 100, 4096, 70000, 500000, 600000, 3000000};
  enum { KINDS = sizeof sizes / sizeof *sizes, ROUNDS = 5 };
  unsigned char *blocks[ROUNDS][KINDS];
  size_t total = 0;
  for (unsigned r = 0; r < ROUNDS; r++)
    for (unsigned k = 0; k < KINDS; k++) {
      unsigned char *block = blocks[r][k] = hp_arena_alloc(arena, sizes[k]);
      assert_int_equal((uintptr_t)block % 8, 0);
      for (size_t i = 0; i < sizes[k]; i++)
        assert_false(block[i]);
      memset(block, (int)(r * KINDS + k) & 0xff, sizes[k]);
      total += sizes[k];
    }
  for (unsigned r = 0; r < ROUNDS; r++)
    for (unsigned k = 0; k < KINDS; k++)
      for (size_t i = 0; i < sizes[k]; i++)
        assert_true(blocks[r][k][i] == ((r * KINDS + k) & 0xff));
  assert_true(hp_arena_bytes(arena) >= total);
  hp_arena_free(arena);
}

static void arenas(void **state) {
  (void)state;
  check_blocks(hp_arena_new());
  check_blocks(hp_arena_new_large());
  hp_arena_free(hp_arena_new_large());
}

static void count_part(void *context, unsigned part) {
  ((unsigned *)context)[part]++;
}

static void parts(void **state) {
  (void)state;
  for (unsigned count = 0; count <= 9; count++) {
    unsigned seen[10] = {0};
    hp_parallel(count, count_part, seen);
    for (unsigned i = 0; i < 10; i++)
      assert_int_equal(seen[i], i < count);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arenas),
      cmocka_unit_test(parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
