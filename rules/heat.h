/* How often code runs, as far as the program's text tells: what ranks last because it runs once or
 * only when something failed, and how deep in loops a place is. */
#ifndef HPLINT_RULES_HEAT_H
#define HPLINT_RULES_HEAT_H

#include "rules/rule.h"

/* Marked cold, never returning, or called from cold blocks only. */
bool heat_cold_function(const IrProgram *p, PgFunc func);
/* On a cold path, in a cold function, or a loop of one-time work: argument parsing, start-up. */
bool heat_cold_loop(const IrProgram *p, PgFunc func, uint32_t loop);
bool heat_cold_block(const IrProgram *p, PgFunc func, IrBlockId block);
/* Loops around the loop's body, those of callers included. */
uint32_t heat_nest(const IrProgram *p, PgFunc func, uint32_t loop);
/* Executions of the block per iteration of the loop, by the static estimate. */
double heat_per_iteration(const IrAnalysis *an, uint32_t loop, IrBlockId block);
/* No iteration goes round without the block. */
bool heat_every_iteration(const IrAnalysis *an, uint32_t loop, IrBlockId block);
/* The call is made in a good part of the iterations, or of the calls of its function: behind one
 * condition it still is, in a large switch it is not. */
bool heat_call_often(const IrProgram *p, const PgCall *call);
/* The call does input, output or waits, other than on cold paths of what it calls. */
bool heat_call_waits(const IrProgram *p, const PgFunction *pf, const IrInsn *call);
/* The loop's body (cold blocks aside) calls something that does input, output or waits: such a call
 * costs more than any cache miss around it. */
bool heat_loop_waits(const IrProgram *p, const PgFunction *pf, uint32_t loop);
/* The loop's body reads its items from outside by a call of the C library: nothing says that they
 * are few. */
bool heat_loop_reads(const IrProgram *p, const PgFunction *pf, uint32_t loop);
/* It reads characters up to one that ends a line or a word: most of these are short. */
bool heat_loop_reads_piece(const IrProgram *p, const PgFunction *pf, uint32_t loop);
/* The loop's body calls something, other than on cold paths, that loops, recurses, allocates,
 * frees, waits or is reached through a pointer: its own memory accesses are the smaller part. */
bool heat_loop_calls_much(const IrProgram *p, const PgFunction *pf, uint32_t loop);
/* The same for a whole function, its calls of itself aside. */
bool heat_function_calls_much(const IrProgram *p, const PgFunction *pf);
/* The same for most of the iterations, by the static estimate. */
bool heat_loop_mostly_calls(const IrProgram *p, const PgFunction *pf, uint32_t loop);
/* Other loops run in each iteration, for more than a few steps. */
bool heat_has_inner_loops(const IrAnalysis *an, uint32_t loop);
/* HIGH in a nest of two or more loops, MEDIUM in one, LOW where it is cold. */
RuleSeverity heat_severity(const Finding *f, const IrProgram *p);

#endif
