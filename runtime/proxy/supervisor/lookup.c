#include "lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { address_size = 64, seconds_limit = 20 };

static int compare(const void *a, const void *b) { return strcmp(a, b); }

/* Writes the addresses of host, sorted and without repetition, to fd. */
static void look_up(const char *host, int fd) {
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
  struct addrinfo *found = NULL;
  if (getaddrinfo(host, NULL, &hints, &found) != 0) return;
  char addresses[lookup_addresses_limit][address_size] = {0};
  size_t count = 0;
  for (const struct addrinfo *entry = found; entry != NULL && count < lookup_addresses_limit; entry = entry->ai_next) {
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, addresses[count], address_size, NULL, 0, NI_NUMERICHOST) == 0)
      count++;
  }
  freeaddrinfo(found);
  qsort(addresses, count, address_size, compare);
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && strcmp(addresses[i], addresses[i - 1]) == 0) continue;
    char line[address_size + 1];
    const size_t length = (size_t)(stpcpy(stpcpy(line, addresses[i]), "\n") - line);
    if (write(fd, line, length) < 0) return;
  }
}

bool lookup_start(struct lookup *lookup, const char *host) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    alarm(seconds_limit);
    look_up(host, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return false;
  }
  *lookup = (struct lookup){.pid = pid, .fd = ends[0]};
  return true;
}

bool lookup_receive(struct lookup *lookup) {
  const ssize_t count = read(lookup->fd, lookup->text + lookup->used, sizeof lookup->text - 1 - lookup->used);
  if (count < 0 && errno == EINTR) return false;
  if (count > 0) {
    lookup->used += (size_t)count;
    return false;
  }
  close(lookup->fd);
  lookup->fd = -1;
  lookup->pid = 0;
  lookup->text[lookup->used] = '\0';
  return true;
}
