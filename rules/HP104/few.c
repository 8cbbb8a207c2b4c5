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
