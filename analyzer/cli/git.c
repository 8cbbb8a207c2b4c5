/* Asking git. */
#include "analyzer/cli/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The descriptor of git's output, -1 when it cannot be started. */
static int start_git(const char *const *args, bool quiet, pid_t *pid, HpError *err) {
  /* A repository's settings must not make git start programs for us. */
  const char *argv[20] = {"git", "-c", "core.fsmonitor=false"};
  for (int i = 0; args[i]; i++) {
    HP_ASSERT(i < 16);
    argv[i + 3] = args[i];
  }
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
    hp_fail(err, "cannot run git: %s", strerror(errno));
    return -1;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
  if (quiet)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  int rc = posix_spawnp(pid, "git", &actions, NULL, (char *const *)(uintptr_t)argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_fds[1]);
  if (!rc)
    return pipe_fds[0];
  close(pipe_fds[0]);
  hp_fail(err, "cannot run git: %s", strerror(rc));
  return -1;
}

bool git_output(const char *const *args, bool quiet, HpBuf *out, HpError *err) {
  pid_t pid;
  int fd = start_git(args, quiet, &pid, err);
  if (fd < 0)
    return false;
  char block[65536];
  ssize_t n;
  while ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0)
      hp_buf_addn(out, block, (size_t)n);
  close(fd);
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return true;
  return hp_fail(err, "git %s failed", strcmp(args[0], "-C") ? args[0] : args[2]);
}
