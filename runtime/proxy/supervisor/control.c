#include "control.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { backlog = 64, request_limit = 4096 };

bool control_open(struct control *control, const char *scratch) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", scratch);
  if (length < 0 || (size_t)length >= sizeof address.sun_path) return false;
  unlink(address.sun_path);
  control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return control->fd >= 0 && bind(control->fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
         listen(control->fd, backlog) == 0;
}

/* Reads the head of a request, which nginx sends as a whole. */
static bool read_head(int connection, char request[request_limit]) {
  size_t used = 0;
  while (used + 1 < request_limit) {
    const ssize_t count = read(connection, request + used, request_limit - 1 - used);
    if (count <= 0) return false;
    used += (size_t)count;
    request[used] = '\0';
    if (strstr(request, "\r\n\r\n") != NULL) return true;
  }
  return false;
}

int control_accept(const struct control *control, char path[32]) {
  const int connection = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);
  if (connection < 0) return -1;
  const struct timeval patience = {.tv_sec = 1};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  char request[request_limit];
  if (read_head(connection, request) && sscanf(request, "%*15s %31[^ ?]", path) == 1) return connection;
  close(connection);
  return -1;
}

static bool send_all(int connection, const char *data, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(connection, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= (size_t)sent;
  }
  return true;
}

void control_answer(int connection, int status, const char *content_type, const char *body) {
  char head[256];
  const int length = snprintf(head, sizeof head,
                              "HTTP/1.1 %d -\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                              status, content_type, strlen(body));
  if (send_all(connection, head, (size_t)length)) send_all(connection, body, strlen(body));
  close(connection);
}
