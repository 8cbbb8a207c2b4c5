/* file: URIs and paths (RFC 8089). */
#include "analyzer/lsp/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_value(char c) {
  return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

char *lsp_uri_path(const char *uri) {
  if (strncasecmp(uri, "file://", 7) != 0)
    return NULL;
  const char *path = uri + 7;
  if (strncasecmp(path, "localhost/", 10) == 0)
    path += 9;
  if (*path != '/')
    return NULL; /* a file of another host */
  HpBuf out = {0};
  for (; *path && *path != '?' && *path != '#'; path++) {
    int high = *path == '%' ? hex_value(path[1]) : -1, low = high >= 0 ? hex_value(path[2]) : -1;
    if (low < 0) {
      hp_buf_addc(&out, *path);
      continue;
    }
    if (!(high | low)) { /* %00 would cut the path */
      hp_buf_free(&out);
      return NULL;
    }
    hp_buf_addc(&out, (char)(high << 4 | low));
    path += 2;
  }
  return hp_buf_take(&out);
}

char *lsp_path_uri(const char *path) {
  HpBuf out = {0};
  hp_buf_add(&out, "file://");
  for (; *path; path++) {
    if (isalnum((unsigned char)*path) || strchr("/-._~!$&'()*+,=@", *path))
      hp_buf_addc(&out, *path);
    else
      hp_buf_addf(&out, "%%%02X", (unsigned char)*path);
  }
  return hp_buf_take(&out);
}
