/* Macros for the loop and for the field; the whole element is larger than a line. */
#define EACH(i, n) for (unsigned i = 0; i < (n); i++)
#define AGE(p) ((p).age)

struct person {
  char name[64], street[64], city[48];
  unsigned age;
  unsigned pad[3];
};
extern struct person people[];

unsigned long ages(unsigned n) {
  unsigned long sum = 0;
  EACH(i, n) // expect: HP105 "uses 4 of the 64 bytes"
    sum += AGE(people[i]);
  return sum;
}
