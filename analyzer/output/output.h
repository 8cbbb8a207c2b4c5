/* Findings as text and JSON. Both are made from the stored record (DbFinding), and their edits from
 * the plan of fixes. */
#ifndef HPLINT_ANALYZER_OUTPUT_OUTPUT_H
#define HPLINT_ANALYZER_OUTPUT_OUTPUT_H

#include "analyzer/fix/fix.h"

typedef struct OutputOptions {
  bool colour;
  bool all;             /* also low and suppressed ones */
  uint32_t limit;       /* listed findings; 0: 20 */
  uint32_t width;       /* of the terminal, 0: 100 */
  bool quiet;           /* findings only: no notes, no closing line */
  const FixPlan *fixes; /* JSON: what was worked out for the findings; NULL: nothing */
} OutputOptions;
void output_text(HpBuf *out, const RunResult *r, const OutputOptions *options);
void output_json(HpBuf *out, const RunResult *r, const OutputOptions *options);

/* Which findings the options show, in order: fills `shown` (r->findings.count entries at most),
 * returns how many. At most one a loop or record among the listed. */
uint32_t output_select(const RunResult *r, const OutputOptions *options, const DbFinding **shown);

/* Whether a finding among `shown` is about the function, or has its cost in it. */
bool output_covers(const DbFinding *const *shown, uint32_t count, const DbHotFunction *function);

#endif
