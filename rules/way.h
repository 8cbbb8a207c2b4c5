/* The ways that an iteration of a loop can take: what stands in exclusive branches does not add
 * up. */
#ifndef HPLINT_RULES_WAY_H
#define HPLINT_RULES_WAY_H

#include "ir/analysis.h"

/* Of the ways through one iteration, the one whose blocks weigh most: `on_way` becomes true for its
 * blocks, false for all others. Both arrays are by block; only the weights of the loop's own
 * blocks count. Of two that weigh the same, the first by block. An inner loop is gone round once.
 */
void way_of_most(const IrAnalysis *an, uint32_t loop, const double *weight, bool *on_way);

#endif
