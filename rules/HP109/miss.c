/* Keys in the elements; few elements; small tables; comparisons that decide on nothing. */
#include <stdlib.h>
#include <string.h>

struct entry {
  char name[16];
  int rank;
};

static int by_rank(const void *a, const void *b) {
  return ((const struct entry *)a)->rank - ((const struct entry *)b)->rank;
}
static int by_name(const void *a, const void *b) {
  return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}
static int by_number(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}

void sort(struct entry *entries, int *numbers, size_t n) {
  qsort(entries, n, sizeof *entries, by_rank);
  qsort(entries, n, sizeof *entries, by_name);
  qsort(numbers, n, sizeof *numbers, by_number);
}

static int by_string(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

void sort_few(char *(*names)[16]) {
  qsort(*names, 16, sizeof **names, by_string);
}

static const char *const commands[] = {"add", "del", "get", "list", "put"};

int command(const char *name) {
  int low = 0, high = 4;
  while (low <= high) {
    int mid = (low + high) / 2, order = strcmp(name, commands[mid]);
    if (!order)
      return mid;
    if (order < 0)
      high = mid - 1;
    else
      low = mid + 1;
  }
  return -1;
}

int option(const char *name) {
  for (int i = 0; i < 5; i++)
    if (!strcmp(commands[i], name))
      return i;
  return -1;
}

/* Counts: all are wanted. */
int how_many(char *const *names, int n, const char *name) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += strcmp(names[i], name) == 0;
  return count;
}

/* Inline keys, searched by halving. */
const struct entry *find(const struct entry *e, int n, const char *name) {
  int low = 0, high = n - 1;
  while (low <= high) {
    int mid = low + (high - low) / 2, order = strcmp(name, e[mid].name);
    if (!order)
      return &e[mid];
    if (order < 0)
      high = mid - 1;
    else
      low = mid + 1;
  }
  return NULL;
}

/* Which of several words it is. */
int parse(int argc, char **argv) {
  int mode = 0;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "fast"))
      mode = 1;
    else if (!strcmp(argv[i], "end"))
      return mode;
    else
      return -1;
  }
  return mode;
}

/* Lengths, or hashes, are compared first: the pointer is followed for the few that agree. */
struct word {
  const char *text;
  unsigned length, hash;
};

int known(const struct word *words, int n, const char *text, unsigned length) {
  for (int i = 0; i < n; i++)
    if (words[i].length == length && !memcmp(words[i].text, text, length))
      return i;
  return -1;
}

const struct word *hashed(const struct word *word, const struct word *end, const char *text, unsigned hash) {
  for (; word < end; word++) {
    if (word->hash != hash)
      continue;
    if (!strcmp(word->text, text))
      return word;
  }
  return 0;
}

/* in an array beside */
int known_name(const char *const *names, const unsigned *lengths, int n, const char *text, unsigned length) {
  for (int i = 0; i < n; i++)
    if (lengths[i] == length && !memcmp(names[i], text, length))
      return i;
  return -1;
}
