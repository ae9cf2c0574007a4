#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char answer_start[] = "HTTP/1.1 ";

bool probe_start(struct probe *probe, const char *scratch, const char *path) {
  probe_cancel(probe);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char request[512];
  snprintf(address.sun_path, sizeof address.sun_path, "%s/current/workload.sock", scratch);
  const int size = snprintf(request, sizeof request,
                            "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: iotedge-proxy\r\n"
                            "Connection: close\r\n\r\n",
                            path);
  *probe = (struct probe){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (probe->fd < 0) return false;
  if (connect(probe->fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
      send(probe->fd, request, (size_t)size, MSG_NOSIGNAL) == size)
    return true;
  probe_cancel(probe);
  return false;
}

static int status_of(const struct probe *probe) {
  const size_t start = sizeof answer_start - 1;
  if (probe->used < start + 3 || memcmp(probe->answer, answer_start, start) != 0) return 0;
  const char *digits = probe->answer + start;
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

bool probe_receive(struct probe *probe, int *status) {
  const size_t room = sizeof probe->answer - probe->used;
  const ssize_t count = read(probe->fd, probe->answer + probe->used, room);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count > 0) probe->used += (size_t)count;
  if (count > 0 && probe->used < sizeof probe->answer) return false;
  *status = status_of(probe);
  probe_cancel(probe);
  return true;
}

void probe_cancel(struct probe *probe) {
  if (probe->fd >= 0) close(probe->fd);
  probe->fd = -1;
}
