/* rule: HP105; sizes: 500 10000 300000
 * One field of a record of 104 bytes against an array of that field. */
#include "../harness.h"

struct account {
  long id;
  long balance;
  char owner[72];
  long opened, closed;
};
static struct account accounts[SIZE];
static long balances[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    accounts[i].balance = balances[i] = i * 7;
}

#ifdef GOOD
long kernel(void) {
  long sum = 0;
  for (int i = 0; i < SIZE; i++)
    sum += balances[i];
  return sum;
}
#else
long kernel(void) {
  long sum = 0;
  for (int i = 0; i < SIZE; i++)
    sum += accounts[i].balance;
  return sum;
}
#endif
