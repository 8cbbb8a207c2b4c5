/* rule: HP301; sizes: 200 500 2000
 * A matrix summed down its columns against along its rows. */
#include "../harness.h"

static int grid[SIZE][SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++)
      grid[i][j] = i ^ j;
}

long kernel(void) {
  long total = 0;
#ifdef GOOD
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++)
      total += grid[i][j];
#else
  for (int j = 0; j < SIZE; j++)
    for (int i = 0; i < SIZE; i++)
      total += grid[i][j];
#endif
  return total;
}
