/* The source of examples.ir, which the front end made of it; examples.dis is its listing. */
typedef unsigned long size_t;
typedef struct FILE FILE;
extern FILE *stderr;
void *malloc(size_t), *realloc(void *, size_t);
void free(void *);
void *memcpy(void *, const void *, size_t);
size_t strlen(const char *);
int strcmp(const char *, const char *), fprintf(FILE *, const char *, ...);
_Noreturn void abort(void);

struct node {
  int value;
  struct node *next;
  char name[32];
};

int list_sum(const struct node *list) {
  int sum = 0;
  for (const struct node *p = list; p; p = p->next)
    sum += p->value;
  return sum;
}

struct matrix {
  double *cell;
  int rows, columns;
};

void transpose(struct matrix *to, const struct matrix *from) {
  for (int i = 0; i < from->rows; i++)
    for (int j = 0; j < from->columns; j++)
      to->cell[j * to->columns + i] = from->cell[i * from->columns + j];
}

char *join(const char **words, size_t count, char separator) {
  char *text = malloc(1);
  size_t length = 0;
  if (!text)
    abort();
  text[0] = 0;
  for (size_t i = 0; i < count; i++) {
    size_t n = strlen(words[i]);
    char *bigger = realloc(text, length + n + 2);
    if (!bigger) {
      free(text);
      fprintf(stderr, "out of memory at word %zu\n", i);
      return (char *)0;
    }
    text = bigger;
    memcpy(text + length, words[i], n);
    length += n;
    text[length++] = separator;
    text[length] = 0;
  }
  return text;
}

struct entry {
  unsigned hash;
  struct entry *next;
  char key[48];
  long hits;
};
struct table {
  struct entry **buckets;
  size_t size;
};

struct entry *find(struct table *t, const char *key) {
  unsigned h = 5381;
  for (const char *s = key; *s; s++)
    h = h * 33 + (unsigned char)*s;
  struct entry *e = t->buckets[h % t->size];
  while (e && (e->hash != h || strcmp(e->key, key) != 0))
    e = e->next;
  if (e)
    e->hits++;
  return e;
}

int classify(int c) {
  switch (c) {
  case ' ':
  case '\t':
    return 1;
  case '0' ... '9':
    return 2;
  case '_':
    c = 'a'; /* fall through */
  default:
    return c > 'Z' ? 3 : 4;
  }
}

struct pair {
  int key, count;
};
void histogram(const int *data, int n, struct pair *out, const int *map) {
  struct pair local = {0, 1};
  for (int i = 0; i < n; i++) {
    out[map[data[i]]].count++;
    if (data[i] < 0) {
      out[i] = local;
      continue;
    }
    if (data[i] == 77)
      break;
  }
}
