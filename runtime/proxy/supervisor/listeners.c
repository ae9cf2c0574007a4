#include "listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

enum { backlog = 511 }; /* that of nginx */

static int listen_at(const struct sockaddr *address, socklen_t size) {
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(fd, address, size) == 0 && listen(fd, backlog) == 0) return fd;
  const int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

static bool add(struct listeners *listeners, const struct sockaddr *address, socklen_t size, const char *port) {
  const int fd = listen_at(address, size);
  if (fd < 0) {
    log_write(LOG_LEVEL_ERROR, "port %s cannot be listened on: %s", port, strerror(errno));
    return false;
  }
  listeners->fds[listeners->count++] = fd;
  return true;
}

static bool has_ipv6(void) {
  const struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  const int fd = listen_at((const struct sockaddr *)&loopback, sizeof loopback);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static bool add_port(struct listeners *listeners, const char *port, bool loopback) {
  const in_port_t number = htons((in_port_t)settings_port(port));
  const struct sockaddr_in v4 = {.sin_family = AF_INET,
                                 .sin_port = number,
                                 .sin_addr.s_addr = htonl(loopback ? INADDR_LOOPBACK : INADDR_ANY)};
  if (!add(listeners, (const struct sockaddr *)&v4, sizeof v4, port)) return false;
  if (!listeners->ipv6) return true;
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = number, .sin6_addr = IN6ADDR_ANY_INIT};
  if (loopback) v6.sin6_addr = in6addr_loopback;
  return add(listeners, (const struct sockaddr *)&v6, sizeof v6, port);
}

bool listeners_open(struct listeners *listeners, const struct settings *settings) {
  *listeners = (struct listeners){.ipv6 = has_ipv6()};
  return add_port(listeners, settings->workload_port, true) &&
         (!settings->management || add_port(listeners, settings->management_port, true)) &&
         add_port(listeners, settings->observability_port, false);
}

void listeners_bequeath(const struct listeners *listeners, char variable[listeners_text_size]) {
  int used = snprintf(variable, listeners_text_size, "NGINX=");
  for (int i = 0; i < listeners->count; i++) {
    fcntl(listeners->fds[i], F_SETFD, 0);
    used += snprintf(variable + used, listeners_text_size - (size_t)used, "%d;", listeners->fds[i]);
  }
}

void listeners_close(struct listeners *listeners) {
  for (int i = 0; i < listeners->count; i++) close(listeners->fds[i]);
  listeners->count = 0;
}
