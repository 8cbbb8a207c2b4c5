/* Cleared by bzero, memset, a macro; written by fgets, strcpy, a while loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int use(const char *text);
int use_numbers(const int *numbers, int n);

int lines(FILE *in) {
  char line[2048];
  int sum = 0;
  do {
    bzero(line, sizeof line); // expect: HP206 found
    if (!fgets(line, sizeof line, in))
      break;
    sum += use(line);
  } while (sum < 1000);
  return sum;
}

int copied(const char *const *words, int n) {
  char word[1024];
  int sum = 0;
  for (const char *const *w = words; w < words + n; w++) {
    memset(word, 0, sizeof word); // expect: HP206 found
    strcpy(word, *w);
    sum += use(word);
  }
  return sum;
}

#define SIZE 4096
#define CLEARED(type, name, n) type name[n] = {0}

int squares(int n) {
  int sum = 0;
  for (int k = 0; k < n; k++) {
    CLEARED(int, table, SIZE); // expect: HP206 found
    int i = 0;
    while (i < SIZE) {
      table[i] = k * i;
      i++;
    }
    sum += use_numbers(table, SIZE);
  }
  return sum;
}
