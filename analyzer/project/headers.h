/* The index of a tree's headers and what guessing keeps beside it: shared by headers.c, guess.c and
 * includes.c only. */
#ifndef HPLINT_ANALYZER_PROJECT_HEADERS_H
#define HPLINT_ANALYZER_PROJECT_HEADERS_H

#include "analyzer/project/parts.h"

typedef struct Header {
  char *path;
  const char *name; /* points into path */
} Header;

/* The #include lines of one file that no condition guards, and C files that it includes under any
 * condition. */
typedef struct ScannedFile {
  char *path;
  Words quoted, angled, sources;
} ScannedFile;

typedef struct HeaderIndex {
  char *root; /* may lie above the project's root, see tree_root */
  bool built;
  Header *items; /* sorted by name, then path */
  uint32_t count, cap, seen;
  Words folders; /* answers of project_find_header; they live as long as the index */
  /* Files of one folder start from the same folders. */
  char *last_folder;
  Words own;
  /* Open addressing by path hash; a power of two of slots. */
  ScannedFile **scanned;
  uint32_t nscanned, slots;
} HeaderIndex;

HeaderIndex *header_index(Project *p);
bool folder_has_any(const char *folder, const char *const *names);

/* ---- includes.c ----------------------------------------------------------------------------- */

void scan_includes(const char *text, ScannedFile *out);
/* The file's includes, read once; an unreadable file has none. */
const ScannedFile *scanned_file(HeaderIndex *index, const char *path);
void scanned_free(HeaderIndex *index);

#endif
