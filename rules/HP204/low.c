/* Shown when a profile says so: as many as the user typed, made when a search found none, handed to
 * code that is not here, made while waiting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
  struct word *next;
  char text[24];
  int count;
};

struct word *typed(int argc, char **argv) {
  struct word *head = NULL;
  for (int i = 1; i < argc; i++) {
    struct word *w = calloc(1, sizeof *w); // expect: HP204 low
    if (!w)
      break;
    strncpy(w->text, argv[i], sizeof w->text - 1);
    w->next = head;
    head = w;
  }
  return head;
}

static struct word *find(struct word *list, const char *text) {
  while (list && strcmp(list->text, text) != 0)
    list = list->next;
  return list;
}

struct word *count(const char *const *texts, int n) {
  struct word *head = NULL;
  for (int i = 0; i < n; i++) {
    struct word *w = find(head, texts[i]);
    if (!w) {
      w = calloc(1, sizeof *w); // expect: HP204 low
      if (!w)
        break;
      strncpy(w->text, texts[i], sizeof w->text - 1);
      w->next = head;
      head = w;
    }
    w->count++;
  }
  return head;
}

void take_over(struct word *word);

void handed(const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    struct word *w = calloc(1, sizeof *w); // expect: HP204 low "handed to take_over"
    if (!w)
      return;
    strncpy(w->text, texts[i], sizeof w->text - 1);
    take_over(w);
  }
}

struct word *lines(FILE *in) {
  struct word *head = NULL;
  char line[24];
  while (fgets(line, sizeof line, in)) {
    struct word *w = calloc(1, sizeof *w); // expect: HP204 low
    if (!w)
      break;
    memcpy(w->text, line, sizeof line);
    w->next = head;
    head = w;
  }
  return head;
}

/* Each insertion walks and allocates by itself. */
struct tree {
  struct tree *child[26];
  struct word *word;
};

void insert(struct tree *at, struct word *word) {
  for (const char *c = word->text; *c; c++) {
    struct tree **next = &at->child[(*c - 'a') % 26u];
    if (!*next)
      *next = calloc(1, sizeof **next); // expect: HP204 low "kept in *next"
    if (!*next)
      abort();
    at = *next;
  }
  at->word = word;
}

void dictionary(struct tree *root, const char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    struct word *w = calloc(1, sizeof *w); // expect: HP204 low
    if (!w)
      return;
    strncpy(w->text, texts[i], sizeof w->text - 1);
    insert(root, w);
  }
}

/* A small object beside much work, and a large one beside little. */
struct sum {
  struct sum *next;
  unsigned value;
};

static unsigned mixed(const char *text, unsigned hash) {
  for (int round = 0; round < 80; round++)
    for (const char *at = text; *at; at++)
      hash = (hash << 5) + (hash >> 27) + ((hash ^ (unsigned)*at) & 0x5a827999u) + (unsigned)round;
  return hash;
}

struct sum *sums(const char *const *texts, int n) {
  struct sum *head = NULL;
  for (int i = 0; i < n; i++) {
    struct sum *s = malloc(sizeof *s); // expect: HP204 low "one struct sum of 16 bytes"
    if (!s)
      break;
    s->value = mixed(texts[i], 1);
    s->next = head;
    head = s;
  }
  return head;
}

struct sector {
  struct sector *next;
  long numbers[9];
};

struct sector *sectors(const long *numbers, int n) {
  struct sector *head = NULL;
  for (int i = 0; i < n; i++) {
    struct sector *s = malloc(sizeof *s); // expect: HP204 low "one struct sector of 80 bytes"
    if (!s)
      break;
    s->numbers[0] = numbers[i];
    s->next = head;
    head = s;
  }
  return head;
}

/* Texts without a character, to be replaced later. */
char **empty_texts(int n) {
  char **all = calloc((size_t)n, sizeof *all);
  for (int i = 0; all && i < n; i++) {
    all[i] = malloc(1); // expect: HP204 low "one block of 1 bytes"
    if (!all[i])
      break;
    all[i][0] = '\0';
  }
  return all;
}
