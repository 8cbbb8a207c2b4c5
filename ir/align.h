/* Aligning two sequences. Internal to ir/. */
#ifndef HPLINT_IR_ALIGN_H
#define HPLINT_IR_ALIGN_H

#include "ir/support.h"

/* pairs[i] becomes the element of `b` that a[i] is aligned with, UINT32_MAX for none; pairs ascend.
 * Equal keys are equal elements; UINT32_MAX is equal to nothing. Patience diff (Bram Cohen): keys
 * that are unique on both sides and in one order anchor the rest; between the anchors the longest
 * common subsequence, where that is not too much work. */
void align(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb, uint32_t *pairs);

#endif
