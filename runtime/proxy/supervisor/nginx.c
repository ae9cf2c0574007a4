#include "nginx.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { patience_seconds = 10 };
static const struct timespec moment = {.tv_nsec = 2 * 1000 * 1000};

static bool open_stream(struct log_stream *stream, int *end, bool access) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *stream = (struct log_stream){.fd = ends[0], .access = access};
  *end = ends[1];
  return true;
}

bool nginx_host_open(struct nginx_host *host, const struct settings *settings, const struct listeners *listeners) {
  *host = (struct nginx_host){.settings = settings, .listeners = listeners};
  return open_stream(&host->access, &host->access_end, true) && open_stream(&host->errors, &host->error_end, false);
}

static void path_of(char path[PATH_MAX], const struct nginx_host *host, const struct nginx *nginx, const char *file) {
  snprintf(path, PATH_MAX, "%s/%lu/%s", host->settings->scratch, nginx->number, file);
}

/* Its output goes to pipes of ours, because without root it cannot always reopen /dev/stdout of its container. */
static pid_t spawn(const struct nginx_host *host, const struct nginx *nginx) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  dup2(host->access_end, STDOUT_FILENO);
  dup2(host->error_end, STDERR_FILENO);
  char conf[PATH_MAX], inherited[listeners_text_size];
  path_of(conf, host, nginx, "nginx.conf");
  listeners_bequeath(host->listeners, inherited);
  char *const arguments[] = {(char *)host->settings->nginx, "-e", "stderr", "-c", conf, NULL};
  /* glibc's default, but fixed: else the large blocks that nginx frees after its start raise it, and the like of them
     stay in the heap for good. Saves 2 MB. */
  char *const environment[] = {inherited, "MALLOC_MMAP_THRESHOLD_=131072", NULL};
  execve(host->settings->nginx, arguments, environment);
  _exit(127);
}

bool nginx_start(const struct nginx_host *host, struct nginx *nginx) {
  char pid_file[PATH_MAX];
  path_of(pid_file, host, nginx, "nginx.pid");
  const pid_t pid = spawn(host, nginx);
  if (pid < 0) return false;
  /* It writes its pid file once its configuration is good, its sockets are open, and it handles signals. */
  const time_t deadline = time(NULL) + patience_seconds;
  while (access(pid_file, F_OK) != 0) {
    if (waitpid(pid, NULL, WNOHANG) == pid) return false;
    if (time(NULL) > deadline) kill(pid, SIGKILL);
    nanosleep(&moment, NULL);
  }
  nginx->pid = pid;
  return true;
}

bool nginx_replace(const struct nginx_host *host, const struct nginx *nginx) {
  char path[PATH_MAX];
  path_of(path, host, nginx, "replaced");
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

void nginx_end_orphans(const struct nginx *nginx) { kill(-nginx->pid, SIGKILL); }
