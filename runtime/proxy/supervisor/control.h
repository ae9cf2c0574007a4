#pragma once

#include <stdbool.h>

/* A Unix socket by which nginx asks the supervisor. Nobody else can: only the proxy's user reaches its directory. */
struct control {
  int fd;
};

bool control_open(struct control *control, const char *scratch);

/*
 * Takes the next request, if there is one. path gets what it asks for, a path of at most 31 bytes.
 * Returns the connection, to be passed to control_answer, or -1.
 */
int control_accept(const struct control *control, char path[32]);

/* Answers and closes the connection. */
void control_answer(int connection, int status, const char *content_type, const char *body);
