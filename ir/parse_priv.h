/* What parse.c (unit tables, types) and parse_fn.c (functions) share. Internal to ir/. */
#ifndef HPLINT_IR_PARSE_PRIV_H
#define HPLINT_IR_PARSE_PRIV_H

#include "ir/build_priv.h"
#include "ir/lex.h"
#include "ir/text_priv.h"

typedef struct InsnPlace {
  uint32_t line, column;
} InsnPlace;

typedef struct Parse {
  Lex lex;
  IrUnitBuilder *ub;
  IrUnit *u; /* the builder's */
  HpArena *arena;
  IrIndex types, symbols, literals; /* by name: the first of each */
  bool *awaited;                    /* by record: named before it was declared */
  uint32_t nawaited, awaited_cap;
  InsnPlace *places; /* of all instructions in all functions */
  uint32_t nplaces, places_cap;
  uint32_t *first_place; /* by function */
  uint32_t nfirst, first_cap;
} Parse;

IrTypeId parse_type(Parse *p);
/* Does the current token start a type? */
bool parse_at_type(const Parse *p);
uint32_t parse_flags(Parse *p, const FlagName *names); /* "(a b 0x4)", or nothing */
uint32_t parse_flag(Parse *p, const FlagName *names);  /* one of them */
IrLoc parse_place(Parse *p);                  /* behind "at": 12:3-14:5 or -, then `in max 4:7` */
IrStr parse_word(Parse *p, const char *what); /* a word or a string */
/* The symbol a `@` token names; a new one with `flags` when there is none, IR_NONE if flags are 0.
 */
IrSymId parse_symbol(Parse *p, uint32_t flags);
uint32_t parse_literal(Parse *p, const Tok *string);
IrTypeId parse_builtin(Parse *p, const char *name); /* "int", "double" */
void parse_function(Parse *p);

#endif
