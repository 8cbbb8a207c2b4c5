#include <stdlib.h>

/* Made once for each request, three calls below the server's loop, and given back at its end: never many at
 * once. */
struct session { // expect: HP104 low
  char kind;
  long id;
  char state;
  long started;
  char flag;
};

int next_request(void);
void answer(struct session *s);

static struct session *session_new(long id) {
  struct session *s = calloc(1, sizeof *s);
  if (s)
    s->id = id;
  return s;
}

static void handle(int request) {
  struct session *s = session_new(request);
  if (!s)
    return;
  answer(s);
  free(s);
}

static void serve(int request) {
  if (request > 1)
    handle(request);
}

int main(void) {
  for (int request; (request = next_request());)
    serve(request);
  return 0;
}
