/* The element is handed to a function that is not seen, by name or as a callback. */
struct job {
  int state, priority;
  char command[120];
};
void run(struct job *job);

void run_all(struct job *jobs, int n) {
  for (int i = 0; i < n; i++)
    if (jobs[i].state == 1)
      run(&jobs[i]);
}

void visit_all(struct job *jobs, int n, void (*visit)(struct job *)) {
  for (int i = 0; i < n; i++)
    if (jobs[i].state == 1)
      visit(&jobs[i]);
}

struct job *first_ready(struct job **jobs, int n) {
  for (int i = 0; i < n; i++)
    if (jobs[i]->state == 1)
      return jobs[i];
  return 0;
}
