/*
 * First process of the proxy's container: runs nginx, keeps its configuration in step with the mounted trust bundle
 * and with iotedged's addresses, and forwards its logs. The image holds no shell that could do it.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "settings.h"
#include "supervisor.h"

static time_t monotonic_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static int open_signals(void) {
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGTERM);
  sigaddset(&handled, SIGINT);
  sigaddset(&handled, SIGCHLD);
  sigprocmask(SIG_BLOCK, &handled, NULL);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reaps what has ended, orphans included. True when nginx was among it. */
static bool reap(struct supervisor *supervisor, int *status) {
  bool nginx_ended = false;
  int ended_status = 0;
  for (pid_t pid; (pid = waitpid(-1, &ended_status, WNOHANG)) > 0;) {
    if (pid != supervisor->nginx.pid) continue;
    *status = ended_status;
    nginx_ended = true;
  }
  return nginx_ended;
}

static void drain(struct nginx *nginx) {
  struct pollfd streams[] = {{nginx->access.fd, POLLIN, 0}, {nginx->errors.fd, POLLIN, 0}};
  while (poll(streams, 2, 0) > 0) {
    if ((streams[0].revents & POLLIN) != 0) log_forward(&nginx->access);
    if ((streams[1].revents & POLLIN) != 0) log_forward(&nginx->errors);
    if (((streams[0].revents | streams[1].revents) & POLLIN) == 0) return;
  }
}

static int finish(struct supervisor *supervisor, int status) {
  nginx_end_orphans(&supervisor->nginx);
  drain(&supervisor->nginx);
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (supervisor->stopping && clean) return EXIT_SUCCESS;
  log_write(LOG_LEVEL_ERROR, "nginx ended %s", supervisor->stopping ? "before its requests were done" : "by itself");
  return EXIT_FAILURE;
}

static void handle_signals(struct supervisor *supervisor, int signals) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) continue;
    if (supervisor->nginx.pid == 0) exit(EXIT_SUCCESS);
    supervisor_stop(supervisor, monotonic_seconds());
  }
}

static int run(struct supervisor *supervisor, int signals) {
  int status = 0;
  while (!reap(supervisor, &status)) {
    supervisor_tick(supervisor, monotonic_seconds());
    struct nginx *nginx = &supervisor->nginx;
    struct pollfd sources[] = {{signals, POLLIN, 0},
                               {nginx->access.fd, POLLIN, 0},
                               {nginx->errors.fd, POLLIN, 0},
                               {supervisor->lookup.fd, POLLIN, 0}};
    if (poll(sources, 4, supervisor_pause(supervisor, monotonic_seconds())) <= 0) continue;
    if (sources[0].revents != 0) handle_signals(supervisor, signals);
    if (sources[1].revents != 0) log_forward(&nginx->access);
    if (sources[2].revents != 0) log_forward(&nginx->errors);
    if (sources[3].revents != 0 && lookup_receive(&supervisor->lookup)) supervisor_looked_up(supervisor);
  }
  return finish(supervisor, status);
}

int main(void) {
  static struct settings settings;
  static struct supervisor supervisor;
  /* A core file would hold the token. */
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  if (!settings_read(&settings)) return EXIT_FAILURE;
  log_set_level(settings.log_level);
  mkdir(settings.scratch, 0700);
  const int signals = open_signals();
  if (signals < 0 || !supervisor_init(&supervisor, &settings, monotonic_seconds())) {
    log_write(LOG_LEVEL_ERROR, "the supervisor cannot start");
    return EXIT_FAILURE;
  }
  return run(&supervisor, signals);
}
