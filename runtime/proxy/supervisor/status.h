#pragma once

#include "supervisor.h"

/* Answers what nginx asks for at the control socket: /readyz, /metrics, /status, /reread. */
void status_serve(struct supervisor *supervisor, time_t now);
