/* Lets tests see when the supervisor probes again: each line of input is the status of a probe, each line of output how
 * many seconds after it the next one is due. The clock is the test's own. */
#include <stdio.h>

#include "../supervisor/supervisor.h"

int main(void) {
  struct supervisor supervisor = {.probe = {.fd = -1}};
  time_t now = 1000;
  for (int status; scanf("%d", &status) == 1; now = supervisor.probe_at) {
    supervisor_probed(&supervisor, status, now);
    printf("%lld\n", (long long)(supervisor.probe_at - now));
  }
  return 0;
}
