/* Files read whole, and source files line by line. */
#ifndef HPLINT_IR_FILES_H
#define HPLINT_IR_FILES_H

#include "ir/support.h"

/* The whole file when it is a regular one of at most `limit` bytes, NUL added; never waits on a
 * pipe or device, since names may come from an analysed tree. NULL and `err` (may be NULL)
 * otherwise. The caller frees; `size` may be NULL. */
char *hp_read_file(const char *path, size_t limit, size_t *size, HpError *err);
/* Do its bytes have the word somewhere? It is read piece by piece: most files have it not. */
bool hp_file_has(const char *path, size_t limit, const char *word);

enum {
  HP_SOURCE_MAX = 64 << 20
}; /* no source file that a person shows or suppresses in is larger */

/* The lines of one source file, without their ends. Zero-initialise; each file that is read
 * replaces the one before. */
typedef struct HpLines {
  char *path, *text; /* text NULL: it cannot be read */
  char **at;
  uint32_t count, cap;
} HpLines;

/* Reads `path` unless that is the file read last; false when it cannot be read (no lines then). */
bool hp_lines_read(HpLines *lines, const char *path);
/* Those of a text on the heap, which is taken. */
void hp_lines_take(HpLines *lines, char *text, size_t size);
/* Line `number`, counted from 1; NULL when there is none. */
const char *hp_lines_at(const HpLines *lines, uint32_t number);
void hp_lines_free(HpLines *lines);

enum { HP_HEAD_BYTES = 2048 }; /* as much of a text is looked at: */
/* Does it say in its first lines that a program wrote it? */
bool hp_says_generated(const char *text, size_t size);

/* `file` as it is when absolute (or without a root), else below `root`; the caller frees. */
char *hp_path_in(const char *root, const char *file);

#endif
