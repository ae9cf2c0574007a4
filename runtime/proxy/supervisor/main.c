/*
 * First process of the proxy's container: runs nginx, gives it the mounted token and trust bundle and iotedged's
 * addresses, answers probes, and forwards its logs. The image holds no shell that
 * could do it. SIGHUP makes it read token and trust bundle at once.
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
#include "status.h"
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
  sigaddset(&handled, SIGHUP);
  sigaddset(&handled, SIGCHLD);
  sigprocmask(SIG_BLOCK, &handled, NULL);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reaps what has ended, orphans included. False when the nginx in use was among it, with its status. */
static bool reap(struct supervisor *supervisor, int *status) {
  bool in_use_runs = true;
  int ended_status = 0;
  for (pid_t pid; (pid = waitpid(-1, &ended_status, WNOHANG)) > 0;) {
    if (supervisor_ended(supervisor, pid)) continue;
    *status = ended_status;
    in_use_runs = false;
  }
  return in_use_runs;
}

static void drain(struct nginx_host *host) {
  struct pollfd streams[] = {{host->access.fd, POLLIN, 0}, {host->errors.fd, POLLIN, 0}};
  while (poll(streams, 2, 0) > 0) {
    if ((streams[0].revents & POLLIN) != 0) log_forward(&host->access);
    if ((streams[1].revents & POLLIN) != 0) log_forward(&host->errors);
    if (((streams[0].revents | streams[1].revents) & POLLIN) == 0) return;
  }
}

static int finish(struct supervisor *supervisor, int status) {
  for (int i = 0; i < supervisor->nginx_count; i++) nginx_end_orphans(&supervisor->nginx[i]);
  drain(&supervisor->host);
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (supervisor->stopping && clean) return EXIT_SUCCESS;
  log_write(LOG_LEVEL_ERROR, "nginx ended %s", supervisor->stopping ? "before its requests were done" : "by itself");
  return EXIT_FAILURE;
}

static void handle_signals(struct supervisor *supervisor, int signals) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) continue;
    if (info.ssi_signo == SIGHUP) {
      supervisor->next_check = 0;
      continue;
    }
    if (supervisor->nginx_count == 0) exit(EXIT_SUCCESS);
    supervisor_stop(supervisor, monotonic_seconds());
  }
}

static void handle_lookup(struct supervisor *supervisor) {
  if (lookup_receive(&supervisor->lookup)) supervisor_looked_up(supervisor, monotonic_seconds());
}

static void handle_probe(struct supervisor *supervisor) {
  int status = 0;
  if (probe_receive(&supervisor->probe, &status)) supervisor_probed(supervisor, status, monotonic_seconds());
}

/* Waits for something to happen, and handles it. */
static void wait_and_handle(struct supervisor *supervisor, int signals) {
  struct nginx_host *host = &supervisor->host;
  struct pollfd sources[] = {{signals, POLLIN, 0},           {host->access.fd, POLLIN, 0},
                             {host->errors.fd, POLLIN, 0},   {supervisor->lookup.fd, POLLIN, 0},
                             {supervisor->probe.fd, POLLIN, 0}, {supervisor->control.fd, POLLIN, 0}};
  if (poll(sources, sizeof sources / sizeof *sources, supervisor_pause(supervisor, monotonic_seconds())) <= 0) return;
  if (sources[0].revents != 0) handle_signals(supervisor, signals);
  if (sources[1].revents != 0) log_forward(&host->access);
  if (sources[2].revents != 0) log_forward(&host->errors);
  if (sources[3].revents != 0) handle_lookup(supervisor);
  if (sources[4].revents != 0 && supervisor->probe.fd == sources[4].fd) handle_probe(supervisor);
  if (sources[5].revents != 0) status_serve(supervisor, monotonic_seconds());
}

static int run(struct supervisor *supervisor, int signals) {
  int status = 0;
  while (reap(supervisor, &status) || (supervisor->stopping && supervisor->nginx_count > 0)) {
    supervisor_tick(supervisor, monotonic_seconds());
    wait_and_handle(supervisor, signals);
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
