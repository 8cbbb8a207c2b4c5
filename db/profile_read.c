/* Opens a profile and finds its reader, by content and not by name. */
#include "db/readers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define UNZIPPED_MAX (UINT64_C(1) << 30)

static bool starts(const ReadInput *in, const char *with) {
  size_t n = strlen(with);
  return in->size >= n && !memcmp(in->data, with, n);
}

/* Files that people have around and might try: say what to do instead. */
static const char *related_format(const ReadInput *in) {
  if (starts(in, "gmon"))
    return "a gprof file, which hplint does not read: use perf or callgrind";
  if (starts(in, "desc:"))
    return "a cachegrind or massif file, which hplint does not read: use callgrind";
  if (starts(in, "gcno") || starts(in, "oncg"))
    return "gcov's notes from the compiler, not its counts: give the .gcda file";
  if (starts(in, "\x81"
                 "rforpl\xff") ||
      starts(in, "\xff"
                 "lprofr\x81"))
    return "a raw clang profile, which hplint does not read: use perf, callgrind or gcc's gcov";
  if (starts(in, "v 1") && memchr(in->data, '\n', in->size < 64 ? in->size : 64))
    return "a heaptrack file, which hplint does not read";
  return NULL;
}

static Profile *read_input(const ReadInput *in, HpError *err) {
  if (!in->size) {
    hp_fail(err, "%s: the file is empty", in->path);
    return NULL;
  }
  if (perfdata_detect(in))
    return perfdata_read(in, err);
  if (starts(in, "adcg") || starts(in, "gcda"))
    return gcov_read_gcda(in->path, err);
  const char *related = related_format(in);
  if (related) {
    hp_fail(err, "%s: %s", in->path, related);
    return NULL;
  }
  if (gcov_json_detect(in))
    return gcov_json_read(in, err);
  if (callgrind_detect(in))
    return callgrind_read(in, err);
  if (perfscript_detect(in))
    return perfscript_read(in, err);
  hp_fail(err,
          "%s: not a profile that hplint reads: perf.data, text of `perf script`, callgrind, "
          "gcov (.gcda or JSON)",
          in->path);
  return NULL;
}

static Profile *read_gzip(const ReadInput *in, HpError *err) {
  z_stream z = {.next_in = (Bytef *)in->data, .avail_in = (uInt)in->size};
  HpBuf out = {0};
  char block[65536];
  int rc = in->size > UINT32_MAX ? Z_MEM_ERROR : inflateInit2(&z, 16 + MAX_WBITS);
  if (rc != Z_OK) {
    hp_fail(err, "%s: too big a .gz file", in->path);
    return NULL;
  }
  do {
    z.next_out = (Bytef *)block;
    z.avail_out = sizeof block;
    rc = inflate(&z, Z_NO_FLUSH);
    hp_buf_addn(&out, block, sizeof block - z.avail_out);
  } while (rc == Z_OK && out.length <= UNZIPPED_MAX);
  inflateEnd(&z);
  Profile *p = NULL;
  if (rc == Z_STREAM_END) {
    ReadInput plain = *in;
    plain.data = (const uint8_t *)hp_buf_text(&out);
    plain.size = out.length;
    p = read_input(&plain, err);
  } else {
    hp_fail(err, "%s: %s", in->path,
            rc == Z_OK ? "more than 1 GB uncompressed" : "the .gz file is broken or cut off");
  }
  hp_buf_free(&out);
  return p;
}

static Profile *read_fd(const char *path, int fd, const struct stat *st, HpError *err) {
  ReadInput in = {.path = path, .size = (size_t)st->st_size, .mtime = st->st_mtime};
  void *memory = NULL;
  if (in.size) {
    memory = mmap(NULL, in.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) {
      hp_fail(err, "%s: %s", path, strerror(errno));
      return NULL;
    }
    in.data = memory;
  }
  bool gzip = in.size > 2 && in.data[0] == 0x1F && in.data[1] == 0x8B;
  Profile *p = gzip ? read_gzip(&in, err) : read_input(&in, err);
  if (memory)
    munmap(memory, in.size);
  return p;
}

Profile *profile_read(const char *path, HpError *err) {
  /* libdw would ask a server for debug information when this is set; a profile stays local. */
  unsetenv("DEBUGINFOD_URLS");
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;
  if (fd < 0 || fstat(fd, &st)) {
    hp_fail(err, "%s: %s", path, strerror(errno));
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  Profile *p = NULL;
  if (S_ISDIR(st.st_mode))
    p = gcov_read_gcda(path, err);
  else if (S_ISREG(st.st_mode))
    p = read_fd(path, fd, &st, err);
  else
    hp_fail(err, "%s: not a file", path);
  close(fd);
  return p;
}
