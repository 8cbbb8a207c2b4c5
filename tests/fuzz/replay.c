/* Runs a fuzz target without libFuzzer: over every file of the given folders, then over a fixed
 * number of pseudo-random mutations of them, the same in every run. It keeps the targets from
 * rotting; finding new crashes is `./dev fuzz`.
 *
 * usage: TARGET_replay MUTATIONS FOLDER...
 * The input that makes it die is left in TARGET_replay.crash. */
#include "ir/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 1 << 20 };

typedef struct Seed {
  char *bytes;
  size_t size;
} Seed;
typedef struct Seeds {
  Seed *items;
  uint32_t count, cap;
} Seeds;

static HpBuf input; /* of the run at work, for the signal handler */
static char *crash_path;

static void keep_input(int number) {
  int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ssize_t written = fd < 0 ? -1 : write(fd, input.text, input.length);
  static const char text[] = "the input is in TARGET_replay.crash\n";
  if (written >= 0)
    written = write(2, text, sizeof text - 1);
  (void)written;
  signal(number, SIG_DFL);
  raise(number);
}

static void run(void) {
  LLVMFuzzerTestOneInput((const uint8_t *)hp_buf_text(&input), input.length);
}

/* ---- seeds ----------------------------------------------------------------------------------- */

static void read_folder(Seeds *seeds, const char *folder) {
  struct dirent **entries;
  int n = scandir(folder, &entries, NULL, alphasort); /* the same order everywhere */
  for (int i = 0; i < n; i++) {
    char *path = hp_path_in(folder, entries[i]->d_name);
    Seed seed = {0};
    seed.bytes = hp_read_file(path, LONGEST, &seed.size, NULL);
    if (seed.bytes) {
      HP_GROW(seeds->items, seeds->count, seeds->cap);
      seeds->items[seeds->count++] = seed;
    }
    free(path);
    free(entries[i]);
  }
  if (n >= 0)
    free(entries);
}

/* ---- mutations ------------------------------------------------------------------------------- */

static uint64_t state = 0x9E3779B97F4A7C15u;

static uint32_t below(size_t n) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return n ? (uint32_t)(state % n) : 0;
}

/* Replaces `size` bytes at `at` of the input by others. */
static void replace(size_t at, size_t size, const char *by, size_t by_size) {
  char *tail = hp_strndup(input.text + at + size, input.length - at - size);
  size_t tail_size = input.length - at - size;
  input.length = at;
  hp_buf_addn(&input, by, by_size);
  hp_buf_addn(&input, tail, tail_size);
  free(tail);
}

static void mutate_once(const Seeds *seeds) {
  static const char hard[] = {0, 1, (char)0x7F, (char)0x80, (char)0xFF, '0', '9', '-', '"', '\n'};
  const Seed *other = &seeds->items[below(seeds->count)];
  size_t at = below(input.length), most = input.length - at;
  size_t size = below(most < 32 ? most + 1 : 32), from = below(other->size);
  size_t other_size = below(other->size - from < 64 ? other->size - from + 1 : 64);
  switch (below(5)) {
  case 0: /* a bit */
    if (input.length)
      input.text[at] = (char)(input.text[at] ^ 1 << below(8));
    break;
  case 1: /* a byte that is hard */
    if (input.length)
      input.text[at] = hard[below(sizeof hard)];
    break;
  case 2: /* something less */
    replace(at, size, "", 0);
    break;
  case 3: /* a piece of another seed in its place */
    replace(at, size, other->bytes + from, other_size);
    break;
  case 4: /* cut off */
    if (below(8) == 0)
      replace(at, most, "", 0);
    break;
  }
}

static void mutated_run(const Seeds *seeds) {
  const Seed *seed = &seeds->items[below(seeds->count)];
  hp_buf_clear(&input);
  hp_buf_addn(&input, seed->bytes, seed->size);
  for (uint32_t i = 0, n = 1 + below(4); i < n; i++)
    mutate_once(seeds);
  run();
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s MUTATIONS FOLDER...\n", argv[0]);
    return 2;
  }
  crash_path = hp_format("%s.crash", argv[0]);
  signal(SIGABRT, keep_input);
  signal(SIGSEGV, keep_input);
  Seeds seeds = {0};
  for (int i = 2; i < argc; i++)
    read_folder(&seeds, argv[i]);
  if (!seeds.count) {
    fprintf(stderr, "%s: no seeds\n", argv[0]);
    return 2;
  }
  for (uint32_t i = 0; i < seeds.count; i++) {
    hp_buf_clear(&input);
    hp_buf_addn(&input, seeds.items[i].bytes, seeds.items[i].size);
    run();
  }
  long mutations = strtol(argv[1], NULL, 10);
  for (long i = 0; i < mutations; i++)
    mutated_run(&seeds);
  printf("%u seeds, %ld mutations\n", seeds.count, mutations);
  for (uint32_t i = 0; i < seeds.count; i++)
    free(seeds.items[i].bytes);
  free(seeds.items);
  free(crash_path);
  hp_buf_free(&input);
  return 0;
}
