#define _GNU_SOURCE
/*
 * Listens on each port that it is given, tells whoever connects as whom it runs, what it may, whether it can open the
 * device that variable DEVICE names, and which GPUs it was given, and waits to be ended.
 * What it cannot do, it says in its log, and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char report[512];

static void end(int signal) {
  (void)signal;
  _exit(0);
}

static void describe(void) {
  char line[256], effective[32] = "", bounding[32] = "";
  FILE *status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    sscanf(line, "CapEff: %31s", effective);
    sscanf(line, "CapBnd: %31s", bounding);
  }
  int root = open("/written-by-listener", O_CREAT | O_WRONLY, 0600);
  const char *version = getenv("VERSION"), *device = getenv("DEVICE"), *gpus = getenv("NVIDIA_VISIBLE_DEVICES");
  int opened = device == NULL ? -1 : open(device, O_RDWR);
  snprintf(report, sizeof report, "uid=%d gid=%d effective=%s bounding=%s root=%s version=%s device=%s gpus=%s\n",
           getuid(), getgid(), effective, bounding, root >= 0 ? "writable" : "read-only", version == NULL ? "" : version,
           device == NULL ? "" : opened >= 0 ? "opens" : strerrorname_np(errno), gpus == NULL ? "" : gpus);
}

/* Listens at all addresses, of both families where the kernel has IPv6; -1 when it cannot. */
static int listener(in_port_t port) {
  struct sockaddr_in6 both = {.sin6_family = AF_INET6, .sin6_port = port};
  struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = port};
  int on = 1, off = 0, one = socket(AF_INET6, SOCK_STREAM, 0), has_ipv6 = one >= 0;
  if (!has_ipv6) one = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (has_ipv6) setsockopt(one, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  struct sockaddr *address = has_ipv6 ? (struct sockaddr *)&both : (struct sockaddr *)&ipv4;
  if (bind(one, address, has_ipv6 ? sizeof both : sizeof ipv4) != 0 || listen(one, 16) != 0) return -1;
  return one;
}

int main(int argc, char **argv) {
  struct pollfd sockets[16];
  int count = 0;
  /* Variable LATE: only the end of its grace period ends it. */
  signal(SIGTERM, getenv("LATE") == NULL ? end : SIG_IGN);
  describe();
  for (int i = 1; i < argc && count < 16; i++) {
    int one = listener(htons(atoi(argv[i])));
    if (one < 0) {
      printf("port %s: %s\n", argv[i], strerror(errno));
      return 14;
    }
    sockets[count++] = (struct pollfd){.fd = one, .events = POLLIN};
  }
  printf("%s", report);
  fflush(stdout);
  while (poll(sockets, count, -1) >= 0 || errno == EINTR) {
    for (int i = 0; i < count; i++) {
      if (!(sockets[i].revents & POLLIN)) continue;
      int caller = accept(sockets[i].fd, NULL, NULL);
      if (caller < 0) continue;
      if (write(caller, report, strlen(report)) < 0) perror("write");
      close(caller);
    }
  }
  return 1;
}
