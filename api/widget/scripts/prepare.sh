#!/bin/sh
# What the widget's tests need: Node, Chromium with Chinese letters, the npm packages.
# Installs what is missing where it may (root and apt); says so and goes on where it may not.
cd "$(dirname "$0")/.." || exit 1

has() { command -v "$1" >/dev/null 2>&1; }
has_node() { has node && has npx && node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)'; }
has_chromium() { has chromium || has chromium-browser || has google-chrome; }
has_chinese() { has fc-list && [ -n "$(fc-list :lang=zh-cn)" ]; }

packages=""
has_node || packages="$packages nodejs npm"
has_chromium || packages="$packages chromium"
has_chinese || packages="$packages fontconfig fonts-noto-cjk"
if [ -n "$packages" ]; then
  if has apt-get && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 - a list of names
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } >/dev/null 2>&1 ||
      echo "The browser tests will be skipped: apt-get could not install$packages." >&2
  else
    echo "The browser tests will be skipped. Install$packages, as root: apt-get install$packages" >&2
  fi
fi
done=node_modules/.package-lock.json
# Not every shell takes a file that is missing for the older one.
if has_node && { [ ! -e "$done" ] || [ package-lock.json -nt "$done" ]; }; then
  npm ci --silent || echo "The browser tests will be skipped: run \`npm ci\` in api/widget." >&2
fi
exit 0
