/* Changed in between, another string, no way from the one to the other, literals, the compiler's own
 * work. */
#include <stdio.h>
#include <string.h>

void put(const char *bytes, size_t n);
void edit(char *text);

void changed(char *const *lines, int n) {
  for (int i = 0; i < n; i++) {
    put(lines[i], strlen(lines[i]));
    edit(lines[i]);
    put(lines[i], strlen(lines[i]));
  }
}

void cut(char *const *lines, int n) {
  for (int i = 0; i < n; i++) {
    char *line = lines[i];
    size_t length = strlen(line);
    if (length)
      line[length - 1] = 0;
    put(line, strlen(line));
  }
}

void either(char *const *lines, const int *which, int n) {
  for (int i = 0; i < n; i++)
    if (which[i])
      put(lines[i], strlen(lines[i]));
    else
      put(lines[i] + 1, strlen(lines[i]));
}

size_t both(char *const *lines, int n) {
  size_t sum = 0;
  for (int i = 0; i < n; i++)
    sum += strlen(lines[i]) + strlen(lines[i]);
  return sum;
}

void next_line(char *const *lines, int n) {
  for (int i = 0; i + 1 < n; i++) {
    put(lines[i], strlen(lines[i]));
    put(lines[i + 1], strlen(lines[i + 1]));
    put("end", strlen("end"));
  }
}

void read_all(char *line, int n, FILE *in) {
  while (fgets(line, n, in))
    put(line, strlen(line));
}

/* the compiler looks at the first byte */
int empty(char *const *lines, int n, int *count) {
  for (int i = 0; i < n; i++) {
    char *line = lines[i];
    if (strlen(line))
      put(">", 1);
    ++*count;
    if (strlen(line) > 0)
      put(line, 1);
  }
  return n;
}
