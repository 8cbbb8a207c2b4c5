/* Builds a Profile: interns strings and merges lines, functions, call sites and stacks. Every
 * reader feeds this one model, so what a number means is decided here and not in a reader. */
#ifndef HPLINT_DB_MODEL_H
#define HPLINT_DB_MODEL_H

#include "db/profile.h"

typedef struct Model Model;

/* `format`, `metric` and `unit` are literals (see Profile). */
Model *model_new(const char *format, const char *metric, const char *unit, const char *source);
void model_free(Model *m); /* a model that is given up */
/* Sorts, sums and hands over the profile; frees the model. NULL when nothing was added. */
Profile *model_finish(Model *m, HpError *err);

void model_metric(Model *m, const char *metric, const char *unit);
void model_command(Model *m, const char *command);
/* One line for the reader; control characters are escaped here, once. */
void model_warn(Model *m, const char *fmt, ...) HP_PRINTF(2, 3);
const char *model_first_warning(const Model *m); /* NULL: none */
/* Equal texts get equal pointers; NULL stays NULL. */
const char *model_intern(Model *m, const char *text);

/* The same for a path: joined to `folder` (may be NULL) when relative, without `.`, `..` and
 * doubled slashes. */
const char *model_path(Model *m, const char *folder, const char *path);

/* Functions, by name and place of definition, or by name and object where no file is known.
 * Members are changed through model_function_at, whose pointer the next new function ends. */
uint32_t model_function(Model *m, const char *name, const char *file, uint32_t line,
                        const char *object);
ProfFunction *model_function_at(Model *m, uint32_t function);

/* A place in a function that a sample can show: FILE may be NULL and LINE 0. */
uint32_t model_frame(Model *m, uint32_t function, const char *file, uint32_t line);

const char *model_frame_name(const Model *m, uint32_t frame);
/* Its line; 0 when it has no file or line. */
uint32_t model_frame_line(const Model *m, uint32_t frame);

/* One sample, innermost frame first. Self cost goes to the first frame; functions and call sites
 * are counted once however often they occur. `chain`: the stack is worth keeping (it holds callers,
 * not only inlined frames). */
void model_sample(Model *m, const uint32_t *frames, uint32_t count, double weight, bool chain);

/* Exact counts. `hits` is added to what is known; negative: unknown. */
void model_line(Model *m, const char *file, uint32_t line, const char *function, double self,
                double hits);
void model_call(Model *m, uint32_t caller, const char *file, uint32_t line, uint32_t callee,
                double calls, double total);
/* Self cost without a source line. */
void model_lost(Model *m, double weight);
/* The number of bytes it is wise to keep for one profile has an end: false once it is reached. */
bool model_room(const Model *m);

#endif
