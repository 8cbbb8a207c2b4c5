#include "analyzer/frontend/contents.h"

#include <stdlib.h>

const char *contents_of(Contents *c, CXFile file, size_t *size) {
  uint32_t at = map_get(&c->map, file);
  if (at == MAP_NONE) {
    struct ContentsText t = {0};
    t.text = clang_getFileContents(c->tu, file, &t.size);
    at = c->count;
    HP_GROW(c->texts, c->count, c->cap);
    c->texts[c->count++] = t;
    map_put(&c->map, file, at);
  }
  *size = c->texts[at].text ? c->texts[at].size : 0;
  return c->texts[at].text;
}

void contents_free(Contents *c) {
  map_free(&c->map);
  free(c->texts);
  *c = (Contents){0};
}
