/* hplint-witness: what clang's optimiser leaves of findings. A worker like hplint-unit (worker.h):
 * a request holds one unit and the questions about it (ask.h). */
#include "analyzer/unit/worker.h"
#include "analyzer/witness/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_FAILED = 2 }; /* FrontendStatus */

/* Fills the answers; false, and why, when nothing can be said of the unit. */
static bool judge_module(const HpBuf *bitcode, Level level, const EvidenceAsk *asks,
                         EvidenceReply *reply, HpArena *arena, char **why) {
  Module m;
  bool ok = module_load(&m, bitcode, why);
  Case *cases = hp_calloc(reply->nanswers, sizeof *cases);
  for (uint32_t i = 0; i < reply->nanswers && ok; i++)
    case_prepare(&cases[i], &m, &asks[i]);
  if (ok && m.nroots) {
    module_drop(&m);
    ok = module_optimise(&m, level, why);
  }
  for (uint32_t i = 0; i < reply->nanswers && ok; i++)
    reply->answers[i] = case_judge(&cases[i], &m, arena);
  for (uint32_t i = 0; i < reply->nanswers; i++)
    case_free(&cases[i]);
  free(cases);
  module_free(&m);
  return ok;
}

static void judge_unit(const WorkerRequest *request, const EvidenceAsk *asks, EvidenceReply *reply,
                       HpArena *arena) {
  Level level = level_of(request->args, request->nargs);
  unsigned major, minor, patch;
  LLVMGetVersion(&major, &minor, &patch);
  reply->witness = hp_arena_format(arena, "clang %u -%s", major, level_name(level));
  HpBuf bitcode = {0};
  char *why = NULL;
  bool ok = compile_unit(request->file, request->directory, request->args, request->nargs, level,
                         &bitcode, &why) &&
            judge_module(&bitcode, level, asks, reply, arena, &why);
  for (uint32_t i = 0; i < reply->nanswers && !ok; i++)
    reply->answers[i] = (EvidenceAnswer){EVIDENCE_UNKNOWN, hp_arena_strdup(arena, why)};
  free(why);
  hp_buf_free(&bitcode);
}

static void answer(const WorkerRequest *request, UnitResult *result) {
  HpArena *arena = hp_arena_new();
  EvidenceAsk *asks;
  EvidenceReply reply = {0};
  const char *questions = request->unsaved ? request->unsaved : "";
  if (evidence_get_asks(questions, request->unsaved_size, arena, &asks, &reply.nanswers)) {
    reply.answers = HP_NEW(arena, EvidenceAnswer, reply.nanswers);
    judge_unit(request, asks, &reply, arena);
    HpBuf bytes = {0};
    evidence_put_reply(&bytes, &reply);
    result->record_size = bytes.length;
    result->record = hp_buf_take(&bytes);
  } else {
    result->status = STATUS_FAILED;
    result->reason = hp_strdup("the questions are damaged");
  }
  hp_arena_free(arena);
}

/* Nothing a library prints may get between the messages: descriptor 1 becomes that of stderr. */
static int serve(void) {
  int to = dup(1);
  if (to < 0 || dup2(2, 1) < 0)
    return 2;
  HpBuf message = {0};
  HpError err = {0};
  bool going = true;
  while (going && message_read(0, &message, &err) > 0) {
    WorkerRequest request;
    going = worker_request_decode(message.text, message.length, &request, &err);
    if (!going)
      break;
    UnitResult result = {0};
    answer(&request, &result);
    HpBuf reply = {0};
    worker_encode(&reply, &result);
    going = message_write(to, reply.text, reply.length);
    hp_buf_free(&reply);
    unit_result_free(&result);
    worker_request_free(&request);
  }
  if (err.set)
    fprintf(stderr, "hplint-witness: %s\n", err.text);
  hp_buf_free(&message);
  return err.set ? 2 : 0;
}

int main(int argc, char **argv) {
  unsigned major, minor, patch;
  LLVMGetVersion(&major, &minor, &patch);
  if (argc == 1)
    return serve();
  if (argc == 2 && !strcmp(argv[1], "--version")) {
    printf("hplint-witness %s (LLVM %u.%u.%u)\n", HPLINT_VERSION, major, minor, patch);
    return 0;
  }
  fputs("usage: hplint-witness [--version]\n"
        "Asks clang's optimiser what is left of findings. Serves hplint over standard input and\n"
        "output; there is nothing else to it.\n",
        argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
  return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
}
