/* A copy that one comparison reads; a constructor that may find nothing; a pair beside much else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  const unsigned char *bytes;
  size_t length;
};

static char *text_of(const struct entry *e) {
  char *copy = malloc(e->length + 1);
  if (!copy)
    abort();
  memcpy(copy, e->bytes, e->length);
  copy[e->length] = 0;
  return copy;
}

static int at_least(const char *text, const char *least) {
  return strcmp(text, least) >= 0;
}

static int entry_at_least(const struct entry *e, const char *least) {
  char *text = text_of(e);
  int result = at_least(text, least);
  free(text);
  return result;
}

int count_from(const struct entry *e, int n, const char *least) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += entry_at_least(&e[i], least); // expect: HP202 severity high "each iteration calls entry_at_least"
  return count;
}

/* The second of the two constructors returns before it allocates when it finds nothing. */
static char *value_of(const char *line, const char *name) {
  const char *at = strstr(line, name);
  if (!at)
    return NULL;
  char *copy = malloc(strlen(at) + 1);
  if (!copy)
    abort();
  return strcpy(copy, at);
}

static long number_of(const char *line, const char *name) {
  char *value = value_of(line, name);
  if (!value)
    return -1;
  long number = atol(value);
  free(value);
  return number;
}

long total(const char *const *lines, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += number_of(lines[i], "size="); // expect: HP202 "some iterations call number_of"
  return sum;
}

/* A few, for certain. */
long few(const char *line, const char (*names)[16]) {
  long sum = 0;
  for (int i = 0; i < 20; i++)
    sum += number_of(line, names[i]);
  return sum;
}

/* Beside a hash of many rounds the pair is little. */
static unsigned mixed(const char *text, unsigned hash) {
  for (int round = 0; round < 80; round++)
    for (const char *at = text; *at; at++)
      hash = (hash << 5) + (hash >> 27) + ((hash ^ (unsigned)*at) & 0x5a827999u) + (unsigned)round;
  return hash;
}

unsigned digest(const struct entry *e, int n, const char *least) {
  unsigned sum = 0;
  for (int i = 0; i < n; i++) {
    sum += (unsigned)entry_at_least(&e[i], least); // expect: HP202 low "entry_at_least"
    sum = mixed(least, sum);
  }
  return sum;
}

/* On a branch that is as good as the other one. */
int some_from(const struct entry *e, int n, const char *least) {
  int count = 0;
  for (int i = 0; i < n; i++) {
    if (e[i].length > 7)
      count += entry_at_least(&e[i], least); // expect: HP202 low "some iterations call entry_at_least"
  }
  return count;
}

/* An entry that holds a number instead of a text, too. */
struct value {
  const char *text; /* NULL: */
  long number;
};

static char *of_number(long number) {
  char *text = malloc(24);
  if (!text)
    abort();
  snprintf(text, 24, "%ld", number);
  return text;
}

static char *of_value(const struct value *v) {
  if (!v->text)
    return of_number(v->number);
  char *copy = malloc(strlen(v->text) + 1);
  if (!copy)
    abort();
  return strcpy(copy, v->text);
}

static int value_at_least(const struct value *v, const char *least) {
  char *text = of_value(v);
  int result = at_least(text, least);
  free(text);
  return result;
}

int values_from(const struct value *v, int n, const char *least) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += value_at_least(&v[i], least); // expect: HP202 "and write a number into a local buffer"
  return count;
}
