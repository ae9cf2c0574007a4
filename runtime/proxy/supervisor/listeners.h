#pragma once

#include <stdbool.h>

#include "settings.h"

enum { listeners_limit = 6, listeners_text_size = 128 };

/*
 * The proxy's listening sockets. They belong to the supervisor, and each nginx inherits them: a connection that waits
 * to be accepted is never lost when one nginx takes over from another.
 */
struct listeners {
  int fds[listeners_limit];
  int count;
  bool ipv6; /* whether the host has IPv6, which not every node has */
};

/* Opens the sockets: those of the APIs on loopback, the one for probes on all addresses. */
bool listeners_open(struct listeners *listeners, const struct settings *settings);

/* Leaves the sockets open across exec, and writes them down as nginx expects it in its variable NGINX. */
void listeners_bequeath(const struct listeners *listeners, char variable[listeners_text_size]);

void listeners_close(struct listeners *listeners);
