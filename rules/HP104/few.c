/* A singleton: true, but of little worth. */
struct server { // expect: HP104 low
  char started;
  long clients;
  char stopping;
};

static struct server server;

long clients(void) {
  return server.started && !server.stopping ? server.clients : 0;
}

/* Many of them, but hardly smaller. */
#include <stdlib.h>

struct page { // expect: HP104 low
  char dirty;
  long number;
  char bytes[500];
  char locked;
};

struct page *pages(size_t n) {
  return calloc(n, sizeof(struct page));
}
