/* rule: HP102; sizes: 1000 20000 400000
 * A datum behind two pointers, at random places, against an array of it. */
#include "../harness.h"

struct account {
  long balance;
  char rest[56];
};
struct owner {
  struct account *account;
  char rest[56];
};
struct row {
  long id;
  struct owner *owner;
};
static struct row rows[SIZE];
static struct owner owners[SIZE];
static struct account accounts[SIZE];
static long balances[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++) {
    accounts[i].balance = i;
    owners[i].account = &accounts[next_random() % SIZE];
  }
  for (int i = 0; i < SIZE; i++) {
    rows[i].owner = &owners[next_random() % SIZE];
    balances[i] = rows[i].owner->account->balance;
  }
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
    sum += rows[i].owner->account->balance;
  return sum;
}
#endif
