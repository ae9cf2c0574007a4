#pragma once

#include <stdbool.h>
#include <time.h>

#include "bundle.h"
#include "settings.h"
#include "token.h"

/* What an nginx is configured from. */
struct configuration {
  const struct settings *settings;
  const struct token *token;   /* text is empty without a usable one */
  bool token_expired;          /* whether the last usable token has expired */
  const struct bundle *bundle; /* pem is NULL without a valid one */
  const char *addresses;       /* of iotedged, a line each; empty when unknown */
  bool ipv6;                   /* whether to listen on IPv6 as well */
};

/* What keeps requests from being forwarded: "trust-bundle", "address", "token", "token-expired", or nothing. */
const char *configuration_missing(const struct configuration *configuration);

/* Writes the files of the nginx of that number to scratch/NUMBER. */
bool configuration_write(const struct configuration *configuration, unsigned long number);

/* Lets scratch/current stand for scratch/NUMBER: requests that a replaced nginx hands on go there. */
bool configuration_make_current(const struct configuration *configuration, unsigned long number);

/* Deletes the files of an nginx, its token among them. */
void configuration_remove(const struct settings *settings, unsigned long number);

/* Deletes what a former run of the container left. */
void configuration_remove_all(const struct settings *settings);
