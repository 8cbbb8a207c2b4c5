/* Chains behind accessor macros, as interpreters have them. */
struct string {
  unsigned length;
};
struct value {
  struct string *str;
};
struct closure {
  struct value *upvalue;
};
#define UPVALUE(c) ((c)->upvalue)
#define STRING_OF(v) ((v)->str)
#define LENGTH(s) ((s)->length)

unsigned long lengths(struct closure **closures, unsigned long n) {
  unsigned long sum = 0;
  for (unsigned long i = 0; i < n; i++) // expect: HP102 "3 loads"
    sum += LENGTH(STRING_OF(UPVALUE(closures[i])));
  return sum;
}
