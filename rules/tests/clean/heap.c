/* Memory that is taken where it has to be. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* one block for the object and what belongs to it */
struct message {
  size_t size;
  char *body;
  char bytes[];
};
struct message *message_new(const char *text) {
  size_t size = strlen(text) + 1;
  struct message *m = malloc(sizeof *m + size);
  if (!m)
    return NULL;
  m->size = size;
  m->body = memcpy(m->bytes, text, size);
  return m;
}

/* handed over to a queue that another thread empties */
struct queue;
int queue_put(struct queue *q, void *item);
int post_all(struct queue *q, const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    struct message *m = message_new(texts[i]);
    if (!m)
      return -1;
    if (queue_put(q, m) < 0) {
      free(m);
      return -1;
    }
  }
  return 0;
}

/* the stack first, the heap for what is large */
size_t fold(const char *text, char *out, size_t n);
int compare_folded(const char *a, const char *const *all, int n) {
  char small[256], *folded = small;
  size_t size = strlen(a) + 1;
  if (size > sizeof small && !(folded = malloc(size)))
    return -1;
  fold(a, folded, size);
  int at = 0;
  while (at < n && strcmp(all[at], folded))
    at++;
  if (folded != small)
    free(folded);
  return at;
}
int find_all(const char *const *names, int *at, const char *const *all, int n) {
  for (int i = 0; i < n; i++)
    if ((at[i] = compare_folded(names[i], all, n)) < 0)
      return -1;
  return 0;
}

/* a cache that is filled when something is asked for */
struct glyph {
  int width, height;
  unsigned char *bits;
};
static struct glyph *glyphs[65536];
struct glyph *draw(int code);
static struct glyph *glyph_of(int code) {
  if (!glyphs[code & 65535])
    glyphs[code & 65535] = draw(code);
  return glyphs[code & 65535];
}
int width_of(const unsigned short *text, int n) {
  int width = 0;
  for (int i = 0; i < n; i++)
    width += glyph_of(text[i])->width;
  return width;
}

/* worked on by turns: two buffers for all rounds */
double *relax(const double *from, size_t n, int rounds) {
  double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
  if (!a || !b) {
    free(a);
    free(b);
    return NULL;
  }
  memcpy(a, from, n * sizeof *a);
  for (int r = 0; r < rounds; r++) {
    b[0] = a[0];
    b[n - 1] = a[n - 1];
    for (size_t i = 1; i + 1 < n; i++)
      b[i] = (a[i - 1] + a[i] + a[i + 1]) / 3;
    double *t = a;
    a = b;
    b = t;
  }
  free(b);
  return a;
}

/* an argument vector for a child */
pid_t run(const char *command, char *const *args, int n) {
  pid_t pid = fork();
  if (pid)
    return pid;
  const char **argv = malloc(((size_t)n + 2) * sizeof *argv);
  if (!argv)
    _exit(126);
  argv[0] = command;
  for (int i = 0; i < n; i++)
    argv[i + 1] = args[i];
  argv[n + 1] = NULL;
  execvp(command, (char *const *)(size_t)argv);
  _exit(127);
}

/* tests of what allocation may fail */
char *join(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b);
  char *text = malloc(n + m + 2);
  if (!text)
    return NULL;
  memcpy(text, a, n);
  text[n] = '/';
  memcpy(text + n + 1, b, m + 1);
  return text;
}
int exists(const char *folder, const char *name) {
  char *path = join(folder, name);
  if (!path)
    return -1;
  int there = access(path, F_OK) == 0;
  free(path);
  return there;
}
