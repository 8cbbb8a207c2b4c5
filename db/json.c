#include "db/json.h"

#include "ir/support.h"

json_t *db_json_text(const char *text) {
  if (!text)
    return json_null();
  json_t *value = json_string(text);
  if (value)
    return value;
  HpBuf safe = {0};
  hp_buf_add_escaped(&safe, text);
  value = json_string(hp_buf_text(&safe));
  hp_buf_free(&safe);
  return value;
}
