/* Addresses of one binary to functions and source lines, inlined functions included.
 *
 * libdw's own look-ups are slow and wrong for inlined code; the DIE tree and the line tables are
 * flattened once into sorted arrays, then a look-up is two binary searches. */
#ifndef HPLINT_DB_SYMBOLS_H
#define HPLINT_DB_SYMBOLS_H

#include "ir/support.h"

typedef struct Symbols Symbols;

typedef struct SymFrame {
  const char *function;          /* owned by Symbols */
  const char *file, *defined_in; /* as the debug information has them; NULL unknown */
  uint32_t line, defined_at;     /* 0 unknown */
} SymFrame;
enum { SYMBOLS_MAX_FRAMES = 64 };

/* Opens a binary; reads nothing but its headers. NULL and `err` when it is no ELF file. */
Symbols *symbols_open(const char *path, HpError *err);
void symbols_close(Symbols *s);
const char *symbols_path(const Symbols *s);

/* The bytes of the build-id; 0 when there is none. */
uint32_t symbols_build_id(const Symbols *s, const uint8_t **id);
bool symbols_has_lines(Symbols *s);
/* The link-time address of code in the file, by the program headers; false outside them. */
bool symbols_vaddr(const Symbols *s, uint64_t file_offset, uint64_t *vaddr);
/* And back. */
bool symbols_offset(const Symbols *s, uint64_t vaddr, uint64_t *file_offset);
/* Frames at a link-time address, innermost first, at most SYMBOLS_MAX_FRAMES; 0 when nothing is
 * known. */
uint32_t symbols_lookup(Symbols *s, uint64_t vaddr, SymFrame *frames);
/* The only source file whose path ends in /NAME, as the debug information has it; NULL when there
 * is none or more than one. */
const char *symbols_source(Symbols *s, const char *name);
/* The `nth` symbol of this name (static functions share names); false when there is none. */
bool symbols_find(Symbols *s, const char *name, uint32_t nth, uint64_t *vaddr, uint64_t *size);

#endif
