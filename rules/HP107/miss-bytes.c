/* Bytes from outside: read whole, copied from a buffer, laid over one, filled by an unknown
 * function, initialised statically. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
  int kind, level;
};

struct record *read_records(FILE *in, size_t n) {
  struct record *r = calloc(n, sizeof *r);
  if (r && fread(r, sizeof *r, n, in) != n)
    for (size_t i = 0; i < n; i++)
      r[i].kind = r[i].level = 1;
  return r;
}

struct packet {
  int kind, level;
};

struct packet *packets(const char *bytes, size_t n) {
  struct packet *r = calloc(n, sizeof *r);
  for (size_t i = 0; r && i < n; i++) {
    r[i].level = 1;
    memcpy(&r[i], bytes + i * sizeof *r, sizeof *r);
    r[i].kind = 2;
  }
  return r;
}

struct view {
  int kind, level;
};

struct view *as_views(char *bytes) {
  struct view *v = (struct view *)bytes;
  v->kind = v->level = 1;
  return v;
}

struct view *views(size_t n) {
  struct view *v = calloc(n, sizeof *v);
  if (v)
    v->kind = v->level = 1;
  return v;
}

struct filled {
  int kind, level;
};
void fill(struct filled *f);

struct filled *all_filled(size_t n) {
  struct filled *f = calloc(n, sizeof *f);
  for (size_t i = 0; f && i < n; i++) {
    f[i].kind = f[i].level = 1;
    fill(&f[i]);
  }
  return f;
}

struct preset {
  int kind, level;
};
static struct preset presets[2000] = {[0] = {.kind = 1000000, .level = 7}};

int preset(int i) {
  presets[i].kind = 1;
  presets[i].level = 2;
  return presets[i + 1].kind;
}

/* Its fields' places are in a table: someone may store through them. */
struct option {
  int level, kind;
};
static struct option option_of[2000];
static int *const places[] = {&option_of[3].kind};

void set_option(int i, int value) {
  option_of[i].level = 1;
  option_of[i].kind = 2;
  *places[0] = value;
}

#include <stddef.h>
struct conf {
  int level, kind;
};
static const size_t at = offsetof(struct conf, kind);

struct conf *confs(size_t n, int value) {
  struct conf *c = calloc(n, sizeof *c);
  for (size_t i = 0; c && i < n; i++) {
    c[i].level = c[i].kind = 1;
    *(int *)((char *)&c[i] + at) = value;
  }
  return c;
}

struct scratch {
  int kind, level;
};

struct scratch *ones(size_t n) {
  struct scratch *s = malloc(n * sizeof *s);
  memset(s, 0x11, n * sizeof *s);
  s->kind = s->level = 1;
  return s;
}
