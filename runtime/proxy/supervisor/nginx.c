#include "nginx.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { patience_seconds = 10 };
static const struct timespec moment = {.tv_nsec = 2 * 1000 * 1000};

static bool open_stream(struct log_stream *stream, int *end, bool json) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *stream = (struct log_stream){.fd = ends[0], .json = json};
  *end = ends[1];
  return true;
}

bool nginx_open(struct nginx *nginx, const struct settings *settings) {
  *nginx = (struct nginx){.settings = settings};
  return open_stream(&nginx->access, &nginx->access_end, true) && open_stream(&nginx->errors, &nginx->error_end, false);
}

/* Its output goes to pipes of ours, because a process without root cannot always reopen /dev/stdout of its container. */
static pid_t spawn(const struct nginx *nginx, const char *directory, char *mode) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  dup2(nginx->access_end, STDOUT_FILENO);
  dup2(nginx->error_end, STDERR_FILENO);
  char conf[PATH_MAX];
  snprintf(conf, sizeof conf, "%s/%s/nginx.conf", nginx->settings->scratch, directory);
  char *const arguments[] = {(char *)nginx->settings->nginx, "-e", "stderr", "-c", conf, mode, NULL};
  char *const environment[] = {NULL};
  execve(nginx->settings->nginx, arguments, environment);
  _exit(127);
}

/* Waits for the process to end, for a limited time. */
static int wait_for(pid_t pid) {
  const time_t deadline = time(NULL) + patience_seconds;
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (time(NULL) > deadline) kill(pid, SIGKILL);
    nanosleep(&moment, NULL);
  }
  return status;
}

bool nginx_accepts_next(const struct nginx *nginx) {
  const pid_t pid = spawn(nginx, "next", "-tq");
  if (pid < 0) return false;
  const int status = wait_for(pid);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool nginx_start(struct nginx *nginx) {
  char pid_file[PATH_MAX];
  snprintf(pid_file, sizeof pid_file, "%s/nginx.pid", nginx->settings->scratch);
  unlink(pid_file);
  const pid_t pid = spawn(nginx, "live", NULL);
  if (pid < 0) return false;
  /* A signal that came before nginx handles signals would end it. It writes its pid file after that. */
  const time_t deadline = time(NULL) + patience_seconds;
  while (access(pid_file, F_OK) != 0) {
    if (waitpid(pid, NULL, WNOHANG) == pid) return false;
    if (time(NULL) > deadline) kill(pid, SIGKILL);
    nanosleep(&moment, NULL);
  }
  nginx->pid = pid;
  return true;
}

void nginx_end_orphans(const struct nginx *nginx) { kill(-nginx->pid, SIGKILL); }
