#pragma once

#include <stdbool.h>

#include "bundle.h"
#include "settings.h"

/* What nginx is configured from. */
struct configuration {
  const struct settings *settings;
  const struct bundle *bundle; /* pem is NULL without a valid one */
  const char *addresses;       /* of iotedged, a line each; empty when unknown */
};

/* Whether requests can be forwarded. */
bool configuration_is_open(const struct configuration *configuration);

/* Writes nginx.conf and the bundle that it refers to into scratch/next. */
bool configuration_write(const struct configuration *configuration);

/* Moves what configuration_write wrote to scratch/live. */
bool configuration_adopt(const struct configuration *configuration);
