/* How many nodes or elements a loop may meet, as far as the program's text tells where they are
 * made. Most lists and tables of pointers are short; without a profile only those are worth a word
 * that are seen to be filled by a loop over data, or that come from outside of what is analysed. */
#ifndef HPLINT_RULES_MADE_H
#define HPLINT_RULES_MADE_H

#include "rules/rule.h"

/* The list or array that `ref` leads to, used in `func`, comes from a loop that allocates objects
 * of this record: `ref` is fresh memory of a function that has such a loop, or the result of one
 * that has, here or in every caller that hands `ref` over. */
bool made_by_loop(const IrProgram *p, PgFunc func, IrRef ref, PgRecord record);
/* The same of the list that a loop goes along: `phi` is its walking pointer, in the header. */
bool made_list(const IrProgram *p, PgFunc func, uint32_t loop, IrInsnId phi, PgRecord record);
/* The text is a part of a program: nothing in it calls the function or takes its address, and
 * nothing allocates the record (IR_NONE: it is not known). */
bool made_elsewhere(const IrProgram *p, PgFunc func, PgRecord record);

/* As many objects do not outgrow the first-level cache, nor pay for a pool. */
enum { MADE_FEW = 64 };
/* How often an instruction runs at most in one run of the program: by the trips of the loops around
 * it and the calls that lead there from what runs once. PG_NO_BOUND when nothing in the text bounds
 * it, or above MADE_FEW. */
uint64_t made_times(const IrProgram *p, PgFunc func, IrInsnId insn);
/* The text bounds how many objects of the record are made: at most MADE_FEW. False where they may
 * come from elsewhere, too: as parts of other records, from functions that are not seen, from pools
 * without a type. */
bool made_few(const IrProgram *p, PgRecord record);

#endif
