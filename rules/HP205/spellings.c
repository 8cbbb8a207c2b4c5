/* A block for a number, an array of a fixed size by calloc, one that a helper frees, by macros. */
#include <stdlib.h>
#include <string.h>

struct request {
  int kind, flags;
  char name[48];
};
int send_request(const struct request *r);
int read_line(char *line, int size);

#define ALLOC(p) ((p) = calloc(1, sizeof *(p)))
#define RELEASE(p) (free(p), (p) = NULL)

int ask(const char *name) {
  struct request *r;
  if (!ALLOC(r)) // expect: HP205 found
    return -1;
  strncpy(r->name, name, sizeof r->name - 1);
  int answer = send_request(r);
  RELEASE(r);
  return answer;
}

int first_word(void) {
  char *line = calloc(80, 1); // expect: HP205 found
  int n = line ? read_line(line, 80) : -1;
  if (n > 0)
    line[strcspn(line, " ")] = 0;
  n = n > 0 ? line[0] : n;
  free(line);
  return n;
}

static void done(struct request *r, int ok) {
  r->flags |= ok;
  free(r);
}

int both(const char *name, int kind) {
  struct request *r = malloc(sizeof *r); // expect: HP205 found
  if (!r)
    return -1;
  memset(r, 0, sizeof *r);
  r->kind = kind;
  strncpy(r->name, name, sizeof r->name - 1);
  int ok = send_request(r);
  done(r, ok);
  return ok;
}
