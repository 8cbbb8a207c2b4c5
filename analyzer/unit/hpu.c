#include "analyzer/unit/hpu.h"

#include "ir/wire.h"

#include <stdlib.h>
#include <string.h>

static const char magic[8] = {'h', 'p', 'l', 'i', 'n', 't', 'U', '\n'};

void hpu_encode(HpBuf *out, const HpuFile *f) {
  hp_buf_addn(out, magic, sizeof magic);
  wire_put_u64(out, unit_front_end_id);
  wire_put_string(out, f->file);
  wire_put_u64(out, f->key);
  wire_put_u64(out, f->merit);
  wire_put_u32(out, f->ndrops);
  for (uint32_t i = 0; i < f->ndrops; i++) {
    wire_put_u32(out, f->drops[i].kind);
    wire_put_u32(out, f->drops[i].count);
    wire_put_string(out, f->drops[i].what);
  }
  UnitResult r = {.status = f->result.status,
                  .reason = f->result.reason,
                  .missing = f->result.missing,
                  .nmissing = f->result.nmissing,
                  .record = f->result.record,
                  .record_size = f->result.record_size};
  worker_encode(out, &r);
}

static bool read_head(WireReader *r, HpuFile *out) {
  out->file = wire_get_string(r);
  out->key = wire_get_bytes(r, 8);
  out->merit = wire_get_bytes(r, 8);
  uint32_t ndrops = wire_get_count(r, 12);
  out->drops = hp_calloc(ndrops, sizeof *out->drops);
  for (uint32_t i = 0; i < ndrops && !r->bad; i++) {
    HpuDrop *drop = &out->drops[out->ndrops++];
    drop->kind = wire_get_u32(r);
    drop->count = wire_get_u32(r);
    drop->what = wire_get_text(r);
  }
  return !r->bad;
}

bool hpu_decode(const void *bytes, size_t size, const char *path, HpuFile *out, HpError *err) {
  *out = (HpuFile){0};
  WireReader r = {bytes, size, false};
  if (size < sizeof magic || memcmp(bytes, magic, sizeof magic))
    return hp_fail(err, "%s: not a unit record; hplint-unit -o writes one", path);
  r.at += sizeof magic;
  r.left -= sizeof magic;
  if (wire_get_bytes(&r, 8) != unit_front_end_id && !r.bad)
    return hp_fail(err,
                   "%s: a unit record of another version: write it anew with the hplint-unit "
                   "that belongs to this hplint",
                   path);
  if (!read_head(&r, out) || !worker_decode(r.at, r.left, &out->result, NULL)) {
    hpu_free(out);
    return hp_fail(err, "%s: the unit record is cut off or damaged", path);
  }
  return true;
}

void hpu_free(HpuFile *f) {
  free(f->file);
  for (uint32_t i = 0; i < f->ndrops; i++)
    free(f->drops[i].what);
  free(f->drops);
  unit_result_free(&f->result);
  *f = (HpuFile){0};
}
