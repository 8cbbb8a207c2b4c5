#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int use(const char *text);
void make_path(char *out, const char *dir);

/* The end is kept. */
void join(char *out, const char *const *words, int n) {
  for (int i = 0; i < n; i++) {
    size_t length = strlen(words[i]);
    memcpy(out, words[i], length);
    out += length;
  }
  *out = 0;
}
void join_by_pointer(char *out, const char *const *words, int n) {
  for (int i = 0; i < n; i++)
    out = stpcpy(out, words[i]);
}
void join_by_count(char *out, size_t size, int n) {
  size_t at = 0;
  for (int i = 0; i < n && at < size; i++)
    at += (size_t)snprintf(out + at, size - at, "%d ", i);
}

/* A new string in each iteration. */
int paths(const char *dir, const char *const *names, int n) {
  char path[8192];
  int sum = 0;
  for (int i = 0; i < n; i++) {
    strcpy(path, dir);
    strcat(path, "/");
    strcat(path, names[i]);
    sum += use(path);
  }
  for (int i = 0; i < n; i++) {
    path[0] = 0;
    strcat(path, names[i]);
    sum += use(path);
  }
  for (int i = 0; i < n; i++) {
    make_path(path, dir);
    strcat(path, names[i]);
    sum += use(path);
  }
  return sum;
}

/* Another string in each iteration. */
void endings(char *const *names, const char *ending, int n) {
  for (int i = 0; i < n; i++)
    strcat(names[i], ending);
}

/* Small, or a few times. */
int small(const int *set, int n, char *out) {
  char text[128] = "";
  for (int i = 0; i < n; i++)
    if (set[i])
      strcat(text, "x");
  for (int i = 0; i < 3; i++)
    strcat(out, "y");
  return use(text);
}

/* The length is asked for other things than to append. */
int chop(char *text, int n) {
  int cut = 0;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(text);
    if (length && text[length - 1] == '\n') {
      text[length - 1] = 0;
      cut++;
    }
  }
  return cut;
}

/* On the way out. */
int check(char *message, const int *values, int n) {
  for (int i = 0; i < n; i++)
    if (values[i] < 0) {
      strcat(message, "negative");
      fputs(message, stderr);
      exit(1);
    }
  return 0;
}

/* The pointer goes along: what was read is not read again. */
void put_slashes_back(char *path, int n) {
  char *p = path;
  for (int i = 0; i < n; i++) {
    p += strlen(p);
    *p = '/';
  }
}
