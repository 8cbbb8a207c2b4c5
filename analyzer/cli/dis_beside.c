/* What stands beside the rows of a listing: source lines and a profile's say. */
#include "analyzer/cli/dis.h"
#include "db/profile.h"

#include <stdlib.h>
#include <string.h>

/* A line of a text in memory; it ends at its newline. */
static const char *line_of(const char *text, uint32_t line) {
  while (text && --line) {
    text = strchr(text, '\n');
    text = text ? text + 1 : NULL;
  }
  return text && *text ? text : NULL;
}

const char *dis_source_line(void *beside, const char *path, uint32_t line) {
  DisBeside *b = beside;
  const DisInput *in = b->input;
  if (in->text && !strcmp(path, ir_str(in->unit, in->unit->path)))
    return line_of(in->text, line);
  hp_lines_read(&b->lines, path);
  return hp_lines_at(&b->lines, line);
}

bool dis_line_cost(void *beside, const char *path, uint32_t line, IrCost *out) {
  DisBeside *b = beside;
  if (!b->file || strcmp(b->file, path) != 0) {
    free(b->file);
    free(b->cost.lines);
    b->file = hp_strdup(path);
    store_file_cost(b->store, b->profile, project_relative(&b->input->inspected.run.project, path),
                    &b->cost, NULL);
  }
  const DbLineCost *cost = db_line_cost(&b->cost, line);
  if (!cost)
    return false;
  bool counts = !strcmp(b->cost.metric, "executions"); /* no time at all */
  *out = (IrCost){cost->hits, counts || b->cost.total <= 0 ? -1 : cost->self / b->cost.total};
  return cost->hits >= 0 || cost->self > 0;
}

/* The stored profile, if the project has one: listings work without. */
bool dis_beside_open(DisBeside *b, const DisInput *in, const DisArgs *args, HpError *err) {
  *b = (DisBeside){.input = in};
  if (args->no_profile || in->revision || !strcmp(in->from, "text"))
    return true;
  return cli_open_profile(in->inspected.run.project.root, args->profile, &b->store, &b->profile,
                          &b->label, err);
}

void dis_beside_free(DisBeside *b) {
  store_close(b->store);
  hp_lines_free(&b->lines);
  free(b->label);
  free(b->file);
  free(b->cost.lines);
}
