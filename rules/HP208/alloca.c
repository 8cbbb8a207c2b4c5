#include <alloca.h>
#include <string.h>

int use(char *text);
int use_bytes(unsigned char *bytes, int n);

int all(const char *const *words, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(words[i]);
    char *copy = alloca(length + 1); // expect: HP208 severity high "length + 1 bytes more of the stack"
    memcpy(copy, words[i], length + 1);
    sum += use(copy);
  }
  return sum;
}

/* By a macro, in a while loop. */
#define STACK_COPY(text) strcpy(__builtin_alloca(strlen(text) + 1), text)
int through_macro(const char *const *words) {
  int sum = 0;
  while (*words) {
    sum += use(STACK_COPY(*words)); // expect: HP208 "more of the stack"
    words++;
  }
  return sum;
}

/* A constant size, a loop of unknown length. */
int fixed(int n) {
  int sum = 0;
  do {
    unsigned char *bytes = alloca(64); // expect: HP208 "64 bytes more"
    sum += use_bytes(bytes, n);
  } while (--n);
  return sum;
}

/* Rows that are all used together: whoever reads that knows how many there are. */
void use_rows(float **rows, int n, int width);
void rows(int n, int width) {
  float **row = alloca((unsigned long)n * sizeof *row);
  for (int i = 0; i < n; i++)
    row[i] = alloca((unsigned long)width * sizeof **row); // expect: HP208 low "one block for all of them"
  use_rows(row, n, width);
}

struct link {
  struct link *next;
  int value;
};
void use_links(const struct link *links);
void links(int n) {
  struct link *head = 0;
  for (int i = 0; i < n; i++) {
    struct link *l = alloca(sizeof *l); // expect: HP208 low
    l->next = head;
    l->value = i;
    head = l;
  }
  use_links(head);
}

/* One place for all: only the last block is used. */
struct holder {
  char *text;
};
void use_holder(struct holder *h);
void held(struct holder *h, const int *sizes, int n) {
  for (int i = 0; i < n; i++) {
    h->text = alloca((unsigned long)sizes[i]); // expect: HP208 severity high
    use_holder(h);
  }
}
