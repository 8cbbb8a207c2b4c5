/* How large a part of an iteration something is: what the iteration does in all, in cycles, by the
 * static block frequencies and what the functions called cost. Rough: it tells an allocation beside
 * a comparison from one beside a hash, a search tree or a reply. */
#ifndef HPLINT_RULES_SHARE_H
#define HPLINT_RULES_SHARE_H

#include "rules/rule.h"

/* Below that a finding is shown low: what else the iteration does is what takes the time. What
 * functions cost counts their seldom taken branches too much, so less is asked where the pair is
 * made in each iteration. */
#define SHARE_HIDDEN 0.15
#define SHARE_SHOWN 0.08
/* With loops in the iteration whose trips are a guess: they may well run longer. */
#define SHARE_GUESSED 0.25
/* Of the iterations: an allocation on a branch that fewer take, by the static estimate, is low. */
#define SHARE_OFTEN 0.5

/* Cycles of a call: callees included, input and output at what they cost at least. */
double share_call_cycles(const IrProgram *p, const PgFunction *pf, const IrInsn *call);
/* Cycles of an iteration of the loop, cold blocks aside, inner loops included. */
double share_iteration_cycles(const IrProgram *p, const PgFunction *pf, uint32_t loop);
/* Loops inside of it run nobody knows how often. */
bool share_is_guess(const IrAnalysis *an, uint32_t loop);
typedef struct SharePair {
  double bytes;       /* 0: not known */
  double made, freed; /* cycles of the calls that take the block and give it back */
  double often;       /* such pairs an iteration */
} SharePair;
/* The part of the iteration that goes away with the pair, 0 to 1. */
double share_of_pair(const IrProgram *p, const PgFunction *pf, uint32_t loop, SharePair pair);
/* "38 %" as a fact, and low where it is less than `least`. */
void share_tell(Finding *f, double share, double least);

#endif
