/* From the text that a rule's fix is stored as to the edits. */
#include "analyzer/fix/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLACES = 3 };

/* The fix as it is stored; the file may be anybody's. */
typedef struct Stored {
  char kind[24];
  uint32_t at[MOST_PLACES]; /* tokens */
  uint32_t nat;
  const char *words;
} Stored;

static bool read_stored(const FixText *t, const char *fix, Stored *out) {
  *out = (Stored){.words = strchr(fix, '|'), .at = {NO_TOKEN, NO_TOKEN, NO_TOKEN}};
  size_t length = strcspn(fix, " |");
  if (!out->words || length >= sizeof out->kind)
    return false;
  memcpy(out->kind, fix, length);
  for (const char *at = fix + length; *at == ' ' && out->nat < MOST_PLACES;) {
    char *end;
    unsigned long line = strtoul(at, &end, 10);
    if (*end != ':')
      return false;
    unsigned long column = strtoul(end + 1, &end, 10);
    out->at[out->nat++] = line > UINT32_MAX || column > UINT32_MAX
                              ? NO_TOKEN
                              : fix_token_at(t, (uint32_t)line, (uint32_t)column);
    at = end;
  }
  out->words++;
  return true;
}

static const char *edits_of(const FixText *t, const Stored *s, bool shared, FixEdits *out) {
  if (!strcmp(s->kind, "none"))
    return s->words;
  if (!strcmp(s->kind, "reorder-shared") && !shared)
    return "the record stands in a header, and code outside of the project may include it: "
           "--headers if none does";
  if (s->nat == 0 || s->at[0] == NO_TOKEN)
    return "its place in the text is not found";
  if (!strcmp(s->kind, "interchange"))
    return fix_interchange(t, s->at[0], s->at[1], out);
  if (!strcmp(s->kind, "reuse") || !strcmp(s->kind, "reuse-grow"))
    return fix_reuse(t, s->at[0], s->at[1], s->at[2], !strcmp(s->kind, "reuse-grow"), out);
  if (!strncmp(s->kind, "reorder", 7))
    return fix_reorder(t, s->at[0], s->words, out);
  if (!strcmp(s->kind, "grow"))
    return fix_grow(t, s->at[0], out);
  return "its kind is not known";
}

static int by_place(const void *a, const void *b) {
  const FixEdit *x = a, *y = b;
  if (x->from != y->from)
    return x->from < y->from ? -1 : 1;
  return (x->to > y->to) - (x->to < y->to);
}

char *fix_edits(const DbFinding *f, bool shared, const char *text, size_t size, FixEdits *out) {
  *out = (FixEdits){0};
  if (!f->fix)
    return hp_strdup("this rule has no fix");
  FixText t = fix_text_new(text, size);
  Stored stored;
  const char *why = read_stored(&t, f->fix, &stored) ? edits_of(&t, &stored, shared, out)
                                                     : "its stored form is not understood";
  fix_text_free(&t);
  if (why) {
    fix_edits_free(out);
    return hp_strdup(why);
  }
  if (out->count)
    qsort(out->items, out->count, sizeof *out->items, by_place);
  return NULL;
}

void fix_edits_free(FixEdits *edits) {
  for (uint32_t i = 0; i < edits->count; i++)
    free(edits->items[i].text);
  free(edits->items);
  *edits = (FixEdits){0};
}
