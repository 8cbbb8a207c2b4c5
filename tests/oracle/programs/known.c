/* Conditions that are known before the program runs: what they exclude is no code. */
extern void never(void), always(void), other(void);
extern int a[], b[];
extern int weak __attribute__((weak));

void strings(void) {
  if (L"a"
      "b"[1] != L'b')
    never();
  if ("abc"[1] != 'b' || *"x" == 'y')
    never();
}

int addresses(void) {
  int local;
  if (never != never || a == b || &a[0] != &a[0] || (void *)never == (void *)always)
    never();
  if (!&local || &local == 0)
    never();
  if (&weak == 0)
    other();
  if (&local && "text")
    always();
  return "text" ? 1 : 2;
}

/* A size that clang works out with its builtins only. */
typedef __SIZE_TYPE__ size_t;
extern size_t strlen(const char *);
void sized(void) {
  char text[4 + strlen("abc")];
  extern void use(char *);
  use(text);
}

/* C99: the body of an inline function that is defined elsewhere. */
inline int elsewhere(int n) {
  while (n-- > 4)
    always();
  return n;
}
int calls(void) {
  return elsewhere(2);
}
