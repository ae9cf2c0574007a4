/*
 * Stands in for any module's program: takes any arguments and waits to be ended. Called by another name, as a health
 * check, it ends well at once.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void end(int signal) {
  (void)signal;
  _exit(0);
}

int main(int argc, char **argv) {
  const char *name = argc > 0 ? argv[0] : "";
  if (strstr(name, "stand-in") == NULL) return 0;
  signal(SIGTERM, end);
  for (;;) pause();
}
