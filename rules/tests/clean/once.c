/* What happens once: tables that are made at first use, arguments, configuration, ways out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned table[256];
static int ready;

static void prepare(void) {
  for (unsigned i = 0; i < 256; i++) {
    unsigned c = i;
    for (int k = 0; k < 8; k++)
      c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  ready = 1;
}

unsigned checksum(const unsigned char *bytes, size_t n) {
  if (!ready)
    prepare();
  unsigned c = ~0u;
  for (size_t i = 0; i < n; i++)
    c = table[(c ^ bytes[i]) & 255] ^ c >> 8;
  return ~c;
}

struct option {
  struct option *next;
  char *name, *value;
};
static struct option *options;

static void die(const char *what, const char *why) {
  size_t n = strlen(what) + strlen(why) + 3;
  char *text = malloc(n);
  if (text) {
    strcpy(text, what);
    strcat(text, ": ");
    strcat(text, why);
    fputs(text, stderr);
  }
  exit(2);
}

static char *copied(const char *from, size_t n) {
  char *to = malloc(n + 1);
  if (!to)
    die("options", "no memory");
  memcpy(to, from, n);
  to[n] = 0;
  return to;
}

/* the command line: a few words, once */
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    const char *equal = strchr(argv[i], '=');
    if (!equal)
      die(argv[i], "NAME=VALUE is wanted");
    struct option *o = calloc(1, sizeof *o);
    if (!o)
      die(argv[i], "no memory");
    o->name = copied(argv[i], (size_t)(equal - argv[i]));
    o->value = copied(equal + 1, strlen(equal + 1));
    o->next = options;
    options = o;
  }
  for (const struct option *o = options; o; o = o->next)
    printf("%s=%s\n", o->name, o->value);
  return 0;
}

/* a report of what is wrong, on the way to an error */
int check_rows(const int *rows, int n, char **why) {
  for (int i = 0; i < n; i++)
    if (rows[i] < 0) {
      char *text = malloc(64);
      if (text)
        snprintf(text, 64, "row %d is %d", i, rows[i]);
      *why = text;
      return -1;
    }
  return 0;
}

/* clean-up by jumps */
int load(const char *const *names, char **texts, int n) {
  int i;
  for (i = 0; i < n; i++)
    if (!(texts[i] = strdup(names[i])))
      goto failed;
  return 0;
failed:
  while (i-- > 0)
    free(texts[i]);
  return -1;
}
