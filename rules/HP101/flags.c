/* A flag in a word of bit-fields: its byte, not the word and all that lies in it. The link of a
 * walk by pointers to links lies where its field is. */
struct item {
  long key;
  struct item *next;
  unsigned kind : 2, hidden : 1, dirty : 1, level : 12;
  short weight;
  char name[40];
};

int count_dirty(const struct item *p) {
  int n = 0;
  for (; p; p = p->next) // expect: HP101 "9 of 64 bytes"
    n += p->dirty;
  return n;
}

int levels(const struct item *p) {
  int n = 0;
  for (; p; p = p->next) // expect: HP101 "10 of 64 bytes"
    n += p->level;
  return n;
}

struct item **behind(struct item **link, long key) {
  while (*link && (*link)->key < key) // expect: HP101 "16 of 64 bytes"
    link = &(*link)->next;
  return link;
}
