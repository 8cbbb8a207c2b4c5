/* A table of the program behind an iterator macro and a wrapper. */
#include <stdlib.h>

struct user {
  int id;
  int visits;
};
static struct user *users;
static int nusers, room;

#define EACH_USER(u) for (struct user *u = users; u < users + nusers; u++)

static struct user *by_id(int id) {
  EACH_USER(u)
    if (u->id == id)
      return u;
  return NULL;
}

static struct user *get(int id) {
  struct user *u = by_id(id);
  if (u)
    return u;
  if (nusers == room) {
    room = room ? 2 * room : 16;
    users = realloc(users, (size_t)room * sizeof *users);
    if (!users)
      abort();
  }
  users[nusers] = (struct user){id, 0};
  return &users[nusers++];
}

void visit_all(const int *ids, int n) {
  for (int i = 0; i < n; i++)
    get(ids[i])->visits++; // expect: HP308 low "get searches the same array in each iteration"
}
