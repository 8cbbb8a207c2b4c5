/* Numbers as people read them, for tables and labels of profiles. */
#ifndef HPLINT_DB_PROFILE_TEXT_H
#define HPLINT_DB_PROFILE_TEXT_H

#include "ir/support.h"

/* "34,219,980"; fractions are rounded. */
void text_count(HpBuf *out, double count);

/* How a column of costs is written: time in s, ms or us, other units as counts. */
typedef struct TextScale {
  const char *unit; /* for the column's head */
  double factor;
  int decimals; /* -1: a count with separators */
} TextScale;
TextScale text_scale(const char *unit, double total);
void text_cost(HpBuf *out, const TextScale *scale, double cost);

#endif
