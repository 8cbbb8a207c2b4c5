/* A list that is searched for each word, by a function, and gets those that are not in it. */
#include <stdlib.h>
#include <string.h>

struct word {
  struct word *next;
  const char *text;
  long count;
};
struct words {
  struct word *first;
};

static struct word *find(const struct words *all, const char *text) {
  for (struct word *w = all->first; w; w = w->next)
    if (!strcmp(w->text, text))
      return w;
  return NULL;
}

static void add(struct words *all, const char *text) {
  struct word *w = malloc(sizeof *w);
  if (!w)
    abort();
  w->text = text;
  w->count = 1;
  w->next = all->first;
  all->first = w;
}

void count_words(struct words *all, char *const *texts, int n) {
  for (int i = 0; i < n; i++) {
    struct word *w = find(all, texts[i]); // expect: HP308 low "find searches the list all in each iteration"
    if (w)
      w->count++;
    else
      add(all, texts[i]);
  }
}

/* The head is a variable. */
long distinct(char *const *texts, int n) {
  struct word *head = NULL;
  long count = 0;
  for (int i = 0; i < n; i++) {
    struct word *w;
    for (w = head; w; w = w->next) // expect: HP308 low "searches the list"
      if (strcmp(w->text, texts[i]) == 0)
        break;
    if (w)
      continue;
    w = malloc(sizeof *w);
    if (!w)
      abort();
    w->text = texts[i];
    w->next = head;
    head = w;
    count++;
  }
  return count;
}
