/* Calls that look repeated, and scans that look quadratic. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* the path changes in each round, its folder does not */
int each_name(const char *folder, const char *const *names, int n, int (*use)(const char *)) {
  char path[1024];
  size_t length = strlen(folder);
  if (length + 2 > sizeof path)
    return -1;
  memcpy(path, folder, length);
  path[length++] = '/';
  for (int i = 0; i < n; i++) {
    snprintf(path + length, sizeof path - length, "%s", names[i]);
    if (use(path))
      return -1;
  }
  return 0;
}

/* cut at the last slash: another text each time */
int depth(char *path) {
  int n = 0;
  for (char *slash; (slash = strrchr(path, '/')); n++)
    *slash = 0;
  return n;
}

/* each word of a text is looked for from where the last one ended */
int count_of(const char *text, const char *word) {
  size_t length = strlen(word);
  int n = 0;
  for (const char *at = text; (at = strstr(at, word)); at += length)
    n++;
  return n;
}

/* numbers one after the other */
int numbers(const char *text, long *out, int most) {
  int n = 0;
  char *end;
  for (; n < most; text = end) {
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || errno)
      break;
    out[n++] = value;
    while (*end == ',' || isspace((unsigned char)*end))
      end++;
  }
  return n;
}

/* append with the room that is left, and stop when it is full */
size_t list_names(char *out, size_t room, const char *const *names, int n) {
  size_t used = 0;
  for (int i = 0; i < n; i++) {
    int m = snprintf(out + used, room - used, "%s%s", i ? ", " : "", names[i]);
    if (m < 0 || (size_t)m >= room - used)
      break;
    used += (size_t)m;
  }
  return used;
}

/* a usage text, on the way out */
_Noreturn void usage(const char *const *commands, int n) {
  char text[4096] = "commands:";
  for (int i = 0; i < n; i++) {
    strcat(text, " ");
    strcat(text, commands[i]);
  }
  fputs(text, stderr);
  exit(2);
}

/* random numbers, the time, the next line: another result each time */
static uint32_t seed = 1;
static uint32_t next_random(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  return seed ^= seed << 5;
}
void shuffle(int *a, unsigned n) {
  for (unsigned i = n - 1; i > 0; i--) {
    unsigned k = next_random() % (i + 1);
    int t = a[i];
    a[i] = a[k];
    a[k] = t;
  }
}
long sleep_until(time_t when) {
  long rounds = 0;
  while (time(NULL) < when)
    rounds++;
  return rounds;
}

/* a length that changes with the loop */
void shorten(char *text) {
  while (strlen(text) > 60) {
    char *space = strrchr(text, ' ');
    if (!space)
      break;
    *space = 0;
  }
}

/* in double on purpose: sums, angles, money */
double mean(const float *v, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += v[i];
  return sum / n;
}
void circle(double *x, double *y, int n) {
  for (int i = 0; i < n; i++) {
    double angle = 2 * 3.14159265358979 * i / n;
    x[i] = cos(angle);
    y[i] = sin(angle);
  }
}
double compound(double start, const double *rates, int n, double years) {
  double all = 0;
  for (int i = 0; i < n; i++)
    all += start * pow(1 + rates[i], years);
  return all;
}

/* comparisons of what the elements hold */
struct person {
  char name[32];
  int born;
};
static int by_name(const void *a, const void *b) {
  const struct person *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  return order ? order : x->born - y->born;
}
void sort_people(struct person *all, size_t n) {
  qsort(all, n, sizeof *all, by_name);
}
const struct person *person(const struct person *all, size_t n, const char *name) {
  struct person key = {.born = 0};
  snprintf(key.name, sizeof key.name, "%s", name);
  return bsearch(&key, all, n, sizeof *all, by_name);
}

/* sorted batches, merged in the end */
void sort_batches(struct person *all, size_t n, size_t batch) {
  for (size_t at = 0; at < n; at += batch)
    qsort(all + at, n - at < batch ? n - at : batch, sizeof *all, by_name);
}
