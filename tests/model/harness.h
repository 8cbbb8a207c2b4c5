/* What a kernel gives to the harness: SIZE and GOOD come from the command line. */
#ifndef HPLINT_MODEL_HARNESS_H
#define HPLINT_MODEL_HARNESS_H

void setup(void);  /* once, not timed */
long kernel(void); /* what is timed: the sites take all of it; the result must not depend on GOOD */

/* The next of a fixed sequence of numbers. */
static inline unsigned next_random(void) {
  static unsigned long state = 1;
  state = state * 6364136223846793005UL + 1442695040888963407UL;
  return (unsigned)(state >> 33);
}

#endif
