/* What the files that store and rank findings share. */
#ifndef HPLINT_DB_PARTS_H
#define HPLINT_DB_PARTS_H

#include "db/internal.h"

/* Sets `group` of every finding (group.c). */
void db_group(DbFindings *findings);
/* The finding's own lines, as the cost site of one that has none. */
DbSite db_own_site(const DbFinding *f);
/* rank.c: what store_rank writes of the finding into its row. */
uint64_t db_hash_rank(const DbFinding *f);
/* By file, line, column, rule, fingerprint. */
int db_compare_places(const DbFinding *a, const DbFinding *b);

/* What a profile says of the groups of findings (share.c). */
typedef struct DbShare {
  double share, samples;
} DbShare;
/* One entry a finding, in their order; heap. NULL and `err` when the profile cannot be read.
 * `*claim`: its metric is a time or close to one, so that speed-ups may be estimated. */
DbShare *db_shares(Store *s, int64_t profile, const DbFindings *findings, bool *claim,
                   HpError *err);

/* Which profile file is meant by which project file (match.c). */
typedef struct DbNames DbNames;
/* For each of `sites` the number of the file in `profiled`, or DB_NAME_NONE: the same path, else
 * the only one of which one is the end of the other. `project` holds all known files of the
 * project (those of `sites` too): an end that fits two of them means neither. Heap. */
uint32_t *db_match_files(const DbNames *sites, const DbNames *project, const DbNames *profiled);

#endif
