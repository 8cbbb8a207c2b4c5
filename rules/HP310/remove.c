/* Nodes taken out that the caller has in hand. */
struct client {
  struct client *next;
  int idle;
};
struct server {
  struct client *clients;
};

static void detach(struct server *s, struct client *c) {
  struct client **p;
  for (p = &s->clients; *p && *p != c; p = &(*p)->next)
    ;
  if (*p)
    *p = c->next;
}

void drop_idle(struct server *s, struct client **idle, int n) {
  for (int i = 0; i < n; i++)
    detach(s, idle[i]); // expect: HP310 "to take out a node that it already has"
}
