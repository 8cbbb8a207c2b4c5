/* Findings as text and JSON. Both are made from the stored record (DbFinding), and their edits from
 * the plan of fixes. */
#ifndef HPLINT_ANALYZER_OUTPUT_OUTPUT_H
#define HPLINT_ANALYZER_OUTPUT_OUTPUT_H

#include "analyzer/fix/fix.h"

typedef struct OutputOptions {
  bool colour;
  bool all;        /* also low and suppressed ones */
  uint32_t limit;  /* listed findings; 0: 20 */
  uint32_t width;  /* of the terminal, 0: 100 */
  bool each_place; /* also what the list names beside another: an editor shows it at its line */
  bool quiet;      /* findings only: no notes, no closing line */
  unsigned jobs;   /* JSON: threads that make it, 0: one; the text is the same */
  const FixPlan *fixes; /* JSON: what was worked out for the findings; NULL: nothing */
} OutputOptions;
void output_text(HpBuf *out, const RunResult *r, const OutputOptions *options);
void output_json(HpBuf *out, const RunResult *r, const OutputOptions *options);

/* Which findings the options show, in order: fills `shown` (r->findings.count entries at most),
 * returns how many. At most one a loop, record or cause among the listed. */
uint32_t output_select(const RunResult *r, const OutputOptions *options, const DbFinding **shown);
/* The entry among `heads` that stands for the finding in a list: about the same loop or record, or
 * for one cause; NULL: it is an entry itself. */
const DbFinding *output_stand_in(const DbFinding *const *heads, uint32_t count, const DbFinding *f,
                                 bool each_place);
/* The rule says the same of one line that is compiled several times (a macro's or an included
 * file's, for other types), of several loops that pay at the same places (in what they call), or of
 * several that take memory from one function, which decides how much and is named as a place. */
bool output_same_cause(const DbFinding *a, const DbFinding *b);
bool output_same_line(const DbFinding *a, const DbFinding *b);

/* Whether a finding among `shown` is about the function, or has its cost in it. */
bool output_covers(const DbFinding *const *shown, uint32_t count, const DbHotFunction *function);

#endif
