/* Values that are not known: counted up, computed, from outside, through an address. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
  int count, size, id, colour;
};

static struct row *rows;

static int read_number(FILE *in) {
  char line[20];
  return fgets(line, sizeof line, in) ? atoi(line) : 0;
}

int fill(int n, FILE *in) {
  rows = calloc((size_t)n, sizeof *rows);
  for (int i = 0; rows && i < n; i++) {
    rows[i].count++;
    rows[i].size = n * 3;
    rows[i].id = read_number(in);
    if (fscanf(in, "%d", &rows[i].colour) != 1)
      rows[i].colour = 1;
  }
  return 0;
}

int sum(int n) {
  int all = 0;
  for (int i = 0; i < n; i++)
    all += rows[i].count + rows[i].size + rows[i].id + rows[i].colour;
  return all;
}

/* Large constants, and negative ones. */
struct edge {
  int weight, from, to;
};

static struct edge *edges;

void connect(int n) {
  edges = calloc((size_t)n, sizeof *edges);
  for (int i = 0; edges && i < n; i++) {
    edges[i].weight = 100000;
    edges[i].from = -70000;
    edges[i].to = i;
  }
}

/* Already narrow. */
struct small {
  unsigned char kind;
  _Bool on;
  short level;
};

static struct small *smalls;

void fill_small(int n) {
  smalls = calloc((size_t)n, sizeof *smalls);
  for (int i = 0; smalls && i < n; i++) {
    smalls[i].kind = 1;
    smalls[i].on = 1;
    smalls[i].level = 300;
  }
}
