#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * A request to iotedged by way of the nginx in use: it shows that the proxy works, and tells iotedged which trust
 * bundle the proxy has loaded even when the module sends nothing.
 */
struct probe {
  int fd; /* -1 when none is under way */
  size_t used;
  char answer[16];
};

/* Sends GET path to the workload API. False when that is not possible. */
bool probe_start(struct probe *probe, const char *scratch, const char *path);

/* Reads more of the answer. True when the probe has ended: status is that of the answer, or 0 without one. */
bool probe_receive(struct probe *probe, int *status);

/* Gives up. */
void probe_cancel(struct probe *probe);
