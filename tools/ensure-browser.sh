#!/bin/sh
# The pages are tested in a real browser: use the one that is there, else install Debian's.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
if command -v apt-get >/dev/null 2>&1; then
  echo "installing chromium, in which the pages are tested" >&2
  if $as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 \
    || { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends chromium >/dev/null; }; then
    exit 0
  fi
fi
echo "no browser to test the pages in: install chromium (Debian: apt-get install chromium), then try again" >&2
exit 1
