/* What the files of db/ share: the connection, short forms for SQLite calls, the built-in SQL. */
#ifndef HPLINT_DB_INTERNAL_H
#define HPLINT_DB_INTERNAL_H

#include <sqlite3.h>

#include "db/store.h"

/* Built from schema/NNN.sql and rank.sql. Migration i leads from version i to i + 1. */
extern const char *const db_migrations[];
extern const int db_version;
extern const char db_rank_sql[];

enum { DB_APPLICATION_ID = 0x48504C54 /* "HPLT" */, DB_BUSY_MS = 10000 };
/* Of all that the migrations make, as SQLite writes it down: a file with this schema need not be
 * compared. */
#define DB_SCHEMA_HASH UINT64_C(0x3c78eb8aeebd9c3c)
#define DB_MAX_BLOB ((size_t)512 << 20)

/* Statements that are run once a unit: made once. */
typedef enum DbKept { DB_KEPT_UNIT, DB_KEPT_LOOKUPS, DB_KEPT_RECORD, DB_KEPT_COUNT } DbKept;

struct Store {
  sqlite3 *db;
  sqlite3_stmt *kept[DB_KEPT_COUNT];
  char *path;              /* of the file, or ":memory:" */
  int64_t opened_ns;       /* when this run began, by the clock that file times use */
  struct FileCache *files; /* tree.c: what the tree looks like now */
  struct DbDictionaries *dictionaries;
  struct DbFormer *former; /* kept.c: findings read ahead */
  bool units_replaced;     /* files may have lost their last unit */
};

/* Fills `err` from the connection's last error: one line with the file, and what to do. */
bool db_fail(Store *s, const char *doing, HpError *err);
bool db_exec(Store *s, const char *sql, HpError *err);
/* NULL and `err` when it fails: for our own SQL only a damaged or busy database can be the cause.
 */
sqlite3_stmt *db_prepare(Store *s, const char *sql, HpError *err);
/* The same, kept until the store is closed: to be reset after each use. */
sqlite3_stmt *db_keep(Store *s, DbKept which, const char *sql, HpError *err);
/* Runs a statement without rows and resets it for the next. */
bool db_step_done(Store *s, sqlite3_stmt *st, HpError *err);
/* A row: true. The end: false. An error: false with `err` set. */
bool db_step_row(Store *s, sqlite3_stmt *st, HpError *err);

/* Writes all or nothing, inside a transaction of the caller's or in one of its own. */
typedef struct DbScope {
  bool own;
} DbScope;
bool db_scope_begin(Store *s, DbScope *scope, HpError *err);
/* Keeps what was written when `ok`, else takes it back. The result is `ok` unless keeping fails. */
bool db_scope_end(Store *s, DbScope *scope, bool ok, HpError *err);

/* Binding: NULL text becomes SQL NULL. The text must live until the statement is stepped. */
void db_bind_text(sqlite3_stmt *st, int index, const char *text);
/* Columns copied into an arena; NULL stays NULL. */
char *db_text(sqlite3_stmt *st, int column, HpArena *arena);
uint32_t db_u32(sqlite3_stmt *st, int column);

int64_t db_now_ns(void);

/* open.c: what DB_SCHEMA_HASH is to be. */
bool db_schema_hash(Store *s, uint64_t *hash, HpError *err);

/* tree.c: is the file still as the stamp (row `file_id`) has it? Its path in the stamp is not
 * looked at. */
bool db_unchanged(Store *s, int64_t file_id, const char *path, const DbFileStamp *stamp,
                  int64_t seen_ns);
/* The file of that row, and whether it is as its stamp has it; rows are read once. Not there: an
 * empty stamp that does not hold. */
const DbFileStamp *db_file_row(Store *s, int64_t file_id, bool *holds, HpError *err);
bool db_absent(Store *s, const char *path);
void db_files_free(Store *s); /* also writes back what it learnt */
typedef struct DbIds {
  int64_t *items; /* heap */
  uint32_t count, cap;
} DbIds;
/* Paths that units looked for in vain, as they are met while units are found and stored, and the
 * units all of whose paths are noted: who wants them all need not unpack them again. */
bool db_note_vain(Store *s, const char *path); /* is it still not there? */
void db_noted_vain(Store *s, int64_t unit);
struct DbNames;
void db_all_vain(Store *s, struct DbNames *paths, DbIds *units); /* units sorted */
bool db_is_vain(const DbIds *units, int64_t unit);

/* unit.c: the row of a file's state, made where there is none; 0 and `err`. The statements are for
 * as many files as there are. */
typedef struct DbFileRows {
  sqlite3_stmt *find, *renew, *insert;
} DbFileRows;
bool db_file_rows(Store *s, DbFileRows *rows, HpError *err);
void db_file_rows_free(DbFileRows *rows);
int64_t db_file_id(Store *s, const DbFileRows *rows, const DbFileStamp *f, HpError *err);
/* The files of a unit or an answer as a JSON list (a row for each would take ten times the room):
 * sorted, each once. */
void db_list_files(HpBuf *out, DbIds *ids);
/* The next of such a list, from its text on; 0 at its end. `*bad`: it is no list of ours. */
int64_t db_next_file(const char **list, bool *bad);
/* Forgets the files that no unit and no answer rests on. */
bool db_drop_files(Store *s, HpError *err);
/* Texts as one block, each with its NUL. */
void db_join_texts(HpBuf *out, char *const *texts, uint32_t count);
void *db_pack_texts(char *const *texts, uint32_t count, size_t *size); /* compressed */
/* And back, `dictionary` being what they were compressed against, or NULL: the block of `size`
 * bytes, of which the last one is NUL, and one NUL more; heap. NULL when they are damaged. */
char *db_unpack_block(sqlite3_stmt *st, int column, const DbDictionary *dictionary, size_t *size);
/* The same as a list; one block, heap. */
char **db_unpack_texts(sqlite3_stmt *st, int column, const DbDictionary *dictionary,
                       uint32_t *count);

/* code.c: the SQL function with which queries read blocks of code. */
bool db_code_functions(Store *s, HpError *err);

/* answer.c: with the run, inside its transaction. */
bool db_put_answer(Store *s, int64_t run, const DbAnswer *answer, HpError *err);
/* kept.c: gives the run the rows of findings that are stored already, for an earlier run, and sets
 * their ids; those of the others are 0. Former rows that no finding has any more are dropped. */
bool db_keep_findings(Store *s, int64_t run, DbFindings *findings, HpError *err);
void db_former_free(Store *s);
/* finding.c */
bool db_read_findings(Store *s, int64_t run, DbFindings *out, HpError *err);

#endif
