#!/usr/bin/env bash
# All that needs no cluster of its own: end-to-end tests take root and Debian, and run where the project is developed.
set -euo pipefail
sudo apt-get update --quiet
sudo apt-get install --quiet --yes haproxy zsh fish
npm test -- lint types unit integration
