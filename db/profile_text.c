/* Numbers as people read them: see profile_text.h. */
#include "db/profile_text.h"

#include <stdio.h>
#include <string.h>

void text_count(HpBuf *out, double count) {
  char digits[400]; /* DBL_MAX has 309 */
  int n = snprintf(digits, sizeof digits, "%.0f", count);
  for (int i = 0; i < n; i++) {
    hp_buf_addc(out, digits[i]);
    if (i + 1 < n && (n - i - 1) % 3 == 0 && digits[i] >= '0' && digits[i] <= '9')
      hp_buf_addc(out, ',');
  }
}

TextScale text_scale(const char *unit, double total) {
  if (strcmp(unit, "ns"))
    return (TextScale){unit, 1, -1};
  if (total >= 1e9)
    return (TextScale){"s", 1e-9, 3};
  if (total >= 1e6)
    return (TextScale){"ms", 1e-6, 1};
  return (TextScale){"us", 1e-3, 1};
}

void text_cost(HpBuf *out, const TextScale *scale, double cost) {
  if (scale->decimals < 0)
    text_count(out, cost);
  else
    hp_buf_addf(out, "%.*f", scale->decimals, cost * scale->factor);
}
