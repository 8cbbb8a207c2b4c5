/* Another collection each time, small constant tables, searches that go on where the last ended, a
 * search for one key. */
#include <stddef.h>
#include <string.h>

struct entry {
  struct entry *next;
  unsigned hash;
  const char *key;
};
struct map {
  struct entry *buckets[1024];
};

/* hash chains */
struct entry *lookup(struct map *m, unsigned hash) {
  for (struct entry *e = m->buckets[hash % 1024]; e; e = e->next)
    if (e->hash == hash)
      return e;
  return NULL;
}

int lookups(struct map *m, const unsigned *hashes, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += lookup(m, hashes[i]) != NULL;
  return found;
}

int chains(struct map *m, const unsigned *hashes, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    for (struct entry *e = m->buckets[hashes[i] % 1024]; e; e = e->next)
      if (e->hash == hashes[i]) {
        found++;
        break;
      }
  return found;
}

/* a constant table */
static const char *const units[] = {"b", "kb", "mb", "gb", "tb"};

int all_units(char *const *words, int n) {
  int count = 0;
  for (int i = 0; i < n; i++)
    for (size_t k = 0; k < sizeof units / sizeof *units; k++)
      if (!strcmp(units[k], words[i])) {
        count++;
        break;
      }
  return count;
}

/* each byte is passed once */
int lines(const char *text, int length, char separator) {
  int count = 0;
  for (int at = 0; at < length; at++) {
    while (at < length && text[at] != separator)
      at++;
    count++;
  }
  return count;
}

/* rows of their own */
int rows_with(const int (*rows)[4096], int n, const int *keys) {
  int count = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < 4096; j++)
      if (rows[i][j] == keys[i]) {
        count++;
        break;
      }
  return count;
}

/* sums are no searches, nor are checks of every element */
long pairs(const int *a, int n, int limit) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      sum += a[i] == a[j];
  for (int i = 0; i < n; i++)
    if (a[i] > limit)
      return -1;
  return sum;
}

/* down a tree */
struct branch {
  struct branch *left, *right;
  int key;
};

static struct branch *in_tree(struct branch *b, int key) {
  while (b && b->key != key)
    b = key < b->key ? b->left : b->right;
  return b;
}

int in_trees(struct branch *root, const int *keys, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += in_tree(root, keys[i]) != NULL;
  return found;
}

/* three at most */
struct best {
  int keys[3];
  int count;
};

static void note(struct best *b, int key) {
  for (int i = 0; i < b->count; i++)
    if (b->keys[i] == key)
      return;
  if (b->count < 3)
    b->keys[b->count++] = key;
}

void note_all(struct best *b, const int *keys, int n) {
  for (int i = 0; i < n; i++)
    note(b, keys[i]);
}

/* runs of equal elements, each passed once; all are checked */
int runs(const int *a, int n) {
  int count = 0;
  for (int i = 0, next; i < n; i = next) {
    for (next = i + 1; next < n && a[next] == a[i]; next++)
      ;
    count++;
  }
  return count;
}

int all_equal(const int *a, int n, const int *keys, int m) {
  int count = 0;
  for (int k = 0; k < m; k++) {
    int i = 0;
    while (i < n && a[i] == keys[k])
      i++;
    count += i == n;
  }
  return count;
}

/* each part of the array is looked at once */
struct part {
  int first, count;
};

static int has(const int *a, const struct part *p, int key) {
  for (int i = 0; i < p->count; i++)
    if (a[p->first + i] == key)
      return 1;
  return 0;
}

int parts_with(const int *a, const struct part *parts, const int *keys, int n) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += has(a, &parts[i], keys[i]);
  return count;
}

/* something is done for each element, and one of them may say that it is enough */
struct client {
  struct client *next;
  int (*wants)(struct client *, int what);
  void (*draw)(struct client *, int what);
};

static void tell_all(struct client *all, int what) {
  for (struct client *c = all; c; c = c->next) {
    if (c->wants(c, what) == -1)
      break;
    c->draw(c, what);
  }
}

void tell(struct client *all, const int *whats, int n) {
  for (int i = 0; i < n; i++)
    tell_all(all, whats[i]);
}

/* each round fills the array anew */
struct wait_set {
  int handles[1024];
  unsigned count;
};

static void clear(struct wait_set *set) {
  set->count = 0;
}

static void add_handle(struct wait_set *set, int handle) {
  unsigned i = 0;
  while (i < set->count && set->handles[i] != handle)
    i++;
  if (i == set->count)
    set->handles[set->count++] = handle;
}

int wait_for(const struct wait_set *set);

void transfer(struct wait_set *set, const int *in, const int *out, int rounds) {
  for (int i = 0; i < rounds; i++) {
    clear(set);
    add_handle(set, in[i]);
    add_handle(set, out[i]);
    if (wait_for(set))
      break;
  }
}
