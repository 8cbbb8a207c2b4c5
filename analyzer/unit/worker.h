/* The unit step in worker processes: the main program never loads libclang, and a worker that
 * crashes, hangs or runs out of memory loses its unit and nothing else.
 *
 * Protocol on the worker's stdin and stdout, little-endian: a message is u32 length and that many
 * bytes. Request: a sequence of strings (u32 length + bytes): file, directory, unsaved content (""
 * for none, "1" + content else), u32 and that many pairs of a path and its text, a preamble's path
 * or none, u32: 1 when that is to be made of the content, then the flags.
 * Reply (WorkerReply) encoded likewise by worker_encode/worker_decode. */
#ifndef HPLINT_ANALYZER_UNIT_WORKER_H
#define HPLINT_ANALYZER_UNIT_WORKER_H

#include "analyzer/project/project.h"
#include "analyzer/unit/preambles.h"
#include "db/store.h"

/* Hash of the front end's sources: part of every cache key. */
extern const uint64_t unit_front_end_id;

typedef struct UnitResult {
  uint32_t index; /* in the project's units */
  int status;     /* FrontendStatus; FAILED also for crash, time and memory */
  char *reason;
  char **missing;
  uint32_t nmissing;
  DbFileStamp *files;
  uint32_t nfiles;
  char **absent; /* look-ups that failed: FrontendOutput */
  uint32_t nabsent;
  void *record; /* ir/serial.h bytes; NULL when FAILED */
  size_t record_size;
  uint32_t opaque;
  double parse_seconds, lower_seconds;
} UnitResult;
void unit_result_free(UnitResult *r);

void worker_encode(HpBuf *out, const UnitResult *r);
bool worker_decode(const void *bytes, size_t size, UnitResult *out, HpError *err);
/* The same without copies of the record, which may be large: it is sent from where it is, and stays
 * in the memory that it was received in, which the result takes over. */
bool worker_send(int fd, const UnitResult *r);
bool worker_decode_frame(HpBuf *frame, UnitResult *out, HpError *err);

/* A text to be read instead of what is at a path; there need be no such file. */
typedef struct WorkerText {
  char *path, *text;
  size_t size;
} WorkerText;

/* What a worker is asked. To encode, of file, directory and args those of the unit are taken. */
typedef struct WorkerRequest {
  char *file, *directory;
  char *unsaved; /* NULL: read the file */
  size_t unsaved_size;
  WorkerText *texts;
  uint32_t ntexts;
  char *preamble;     /* path of a precompiled one; NULL: none */
  bool make_preamble; /* it is to be made, of `unsaved`: the answer has a status and nothing else */
  char **args;        /* NULL-terminated */
  uint32_t nargs;
} WorkerRequest;
void worker_request_encode(HpBuf *out, const ProjectUnit *unit, const WorkerRequest *more);
bool worker_request_decode(const void *bytes, size_t size, WorkerRequest *out, HpError *err);
void worker_request_free(WorkerRequest *r);

/* Framing. A worker's loop is: message_read, worker_request_decode, work, worker_encode,
 * message_write, until message_read gives 0. The worker should move its end away from descriptor 1
 * first (dup, then dup2(2, 1)), so that nothing a library prints gets between the messages. */
enum { MESSAGE_LIMIT = 1 << 30 };
void message_frame(HpBuf *out, const void *bytes, size_t size); /* length and bytes */
bool message_write(int fd, const void *bytes, size_t size);     /* blocking; false: reader gone */
/* One message from a blocking descriptor: 1; 0 at the end of the stream; -1 and `err`. */
int message_read(int fd, HpBuf *out, HpError *err);

/* How far a run is. */
typedef struct PoolState {
  uint32_t done, count;
  double share;     /* of the work, by the files' sizes: 0..1 */
  double seconds;   /* since the run began */
  uint32_t slowest; /* index of the unit that has been under way longest; UINT32_MAX: none */
  double slowest_seconds;
} PoolState;

typedef struct PoolOptions {
  unsigned jobs;
  unsigned seconds;    /* wall time a unit may take: default 120 */
  unsigned megabytes;  /* address space of a worker: default 4096 */
  const char *program; /* hplint-unit; NULL: beside this program, then ../libexec */
  const char *name;    /* of the program to look for there; NULL: hplint-unit */
  /* What the worker is told besides the unit, in the place of unsaved text; NULL: nothing. */
  const char *(*message)(void *context, uint32_t index, size_t *size);
  void *message_context;
  /* What a worker does, for hplint-unit itself: it need not start another one, and says what its
   * worker says. NULL: `program`. */
  int (*serve)(void);
  /* Called a few times a second while units are under way; may be NULL. */
  void (*tick)(void *context, const PoolState *state);
  void *tick_context;
  /* Called in each pool_run once the first units are under way; may be NULL. */
  void (*meanwhile)(void *context);
  void *meanwhile_context;
} PoolOptions;
typedef struct Pool Pool;
Pool *pool_start(const PoolOptions *options, HpError *err);
/* From now on every unit is analysed with these texts in the place of files. They must live as long
 * as the pool. */
void pool_set_texts(Pool *pool, const WorkerText *texts, uint32_t count);
/* From now on units whose preambles hold are parsed with them, and those wanted are made first;
 * `preambles` (NULL: none) is of the units that pool_run is called with next. */
void pool_set_preambles(Pool *pool, Preambles *preambles);
/* Analyses the units whose indexes are given; calls `done` on the calling thread, once for each, in
 * any order. False (with err) only when workers cannot be started at all. `done` owns the result's
 * members. Returns early with what is finished when *cancel becomes nonzero. */
bool pool_run(Pool *pool, const Project *p, const uint32_t *indexes, uint32_t count,
              void (*done)(void *context, UnitResult *result), void *context,
              const volatile int *cancel, HpError *err);
/* One unit with unsaved content, for editors. */
bool pool_run_one(Pool *pool, const ProjectUnit *unit, const char *unsaved, size_t unsaved_size,
                  UnitResult *out, HpError *err);
/* Starts workers for so many units, which load their libraries while the caller goes on. */
void pool_warm(Pool *pool, uint32_t count);
/* Ends the workers, which takes the system a while, and does not wait for it; NULL is fine. */
void pool_end(Pool *pool);
void pool_stop(Pool *pool); /* NULL is fine */

#endif
