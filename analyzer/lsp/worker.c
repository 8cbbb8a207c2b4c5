/* One thread that analyses, so that the server answers while a file is being analysed. */
#include "analyzer/lsp/internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STOP_SECONDS = 2 };

struct LspWorker {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  LspRun *run;
  int wake;
  LspJob *waiting, *done; /* at most one job is under way or finished */
  bool busy, stop;
};

void lsp_job_free(LspJob *job) {
  if (!job)
    return;
  free(job->path);
  free(job->uri);
  free(job->text);
  free(job->rule_pages);
  free(job->why);
  json_decref(job->id);
  json_decref(job->action);
  json_decref(job->diagnostics);
  json_decref(job->edits);
  free(job);
}

static void analyse(LspRun *run, LspJob *job) {
  const char *paths[] = {job->path};
  RunOptions options = {.project = {.paths = paths, .npaths = 1}, .jobs = 1, .no_record = true};
  if (!job->saved) {
    options.unsaved_file = job->path;
    options.unsaved = job->text;
    options.unsaved_size = job->size;
  }
  RunResult result = {0};
  if (run(&options, &result, &job->err)) {
    LspText text = lsp_text_new(job->text, job->size);
    const json_t *data = json_object_get(job->action, "data");
    if (job->action)
      job->edits =
          lsp_fix(&options, &result, json_string_value(json_object_get(data, "fingerprint")),
                  job->path, &text, &job->why, &job->err);
    else
      job->diagnostics = lsp_diagnostics(&result, job->path, &text, job->rule_pages);
    lsp_text_free(&text);
  }
  run_result_free(&result);
}

static void *work(void *context) {
  LspWorker *w = context;
  pthread_mutex_lock(&w->lock);
  while (!w->stop) {
    LspJob *job = w->waiting;
    if (!job) {
      pthread_cond_wait(&w->changed, &w->lock);
      continue;
    }
    w->waiting = NULL;
    pthread_mutex_unlock(&w->lock);
    analyse(w->run, job);
    pthread_mutex_lock(&w->lock);
    w->done = job;
    ssize_t ignored = write(w->wake, "", 1);
    (void)ignored; /* a full pipe wakes as well */
  }
  pthread_mutex_unlock(&w->lock);
  return NULL;
}

LspWorker *lsp_worker_start(LspRun *run, int wake, HpError *err) {
  LspWorker *w = hp_calloc(1, sizeof *w);
  w->run = run;
  w->wake = wake;
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->changed, NULL);
  int rc = pthread_create(&w->thread, NULL, work, w);
  if (!rc)
    return w;
  hp_fail(err, "cannot start a thread: %s", strerror(rc));
  free(w);
  return NULL;
}

bool lsp_worker_idle(LspWorker *w) {
  return !w->busy;
}

void lsp_worker_give(LspWorker *w, LspJob *job) {
  HP_ASSERT(!w->busy);
  pthread_mutex_lock(&w->lock);
  w->busy = true;
  w->waiting = job;
  pthread_cond_signal(&w->changed);
  pthread_mutex_unlock(&w->lock);
}

LspJob *lsp_worker_take(LspWorker *w) {
  pthread_mutex_lock(&w->lock);
  LspJob *job = w->done;
  w->done = NULL;
  if (job)
    w->busy = false;
  pthread_mutex_unlock(&w->lock);
  return job;
}

void lsp_worker_stop(LspWorker *w) {
  pthread_mutex_lock(&w->lock);
  w->stop = true;
  pthread_cond_signal(&w->changed);
  pthread_mutex_unlock(&w->lock);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += STOP_SECONDS;
  if (pthread_timedjoin_np(w->thread, NULL, &until) != 0) {
    pthread_detach(w->thread); /* it still uses *w */
    return;
  }
  close(w->wake);
  lsp_job_free(w->waiting);
  lsp_job_free(w->done);
  pthread_mutex_destroy(&w->lock);
  pthread_cond_destroy(&w->changed);
  free(w);
}
