/* Of a record that the system defines, a program cannot keep a field elsewhere: its functions want it. */
#include <time.h>

long sum_of_years(const struct tm *times, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 low "it is defined outside of the project"
    sum += times[i].tm_year;
  return sum;
}
