#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the autograder. It installs what requirements.lock names, and
# Loupe from the wheel beside it, into /autograder/environment; then Loupe grades its own solution there.
set -euo pipefail
umask 022

source=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(dirname "$source")
environment=$root/environment
versions="3.12 3.13 3.11"

# Student code runs as another user, who must be able to enter the interpreter's folder: not a home folder.
find_python() {
  for version in $versions; do
    for python in "/usr/bin/python$version" "/usr/local/bin/python$version"; do
      if [ -x "$python" ] && "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python"
        return
      fi
    done
  done
  return 1
}

if ! python=$(find_python); then
  apt-get update -qq
  for version in $versions; do
    if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version" "python$version-venv"; then break; fi
  done
  if ! python=$(find_python); then
    echo "Loupe needs Python ${versions// /, }, and this image offers none of them: choose Ubuntu 22.04 or newer." >&2
    exit 1
  fi
fi

rm -rf "$environment"
"$python" -m venv "$environment"
install=("$environment/bin/python" -m pip --disable-pip-version-check install -q --no-cache-dir --no-deps)
"${install[@]}" --only-binary :all: --require-hashes -r "$source/requirements.lock"
"${install[@]}" --no-index "$source"/loupe_grader-*.whl
chmod -R go-rwx "$source"

# What the course's networks give is kept in the cache; each hand-in finds it there.
mkdir -p -m 700 "$root/cache"
export LOUPE_CACHE=$root/cache LOUPE_OFFLINE=1
if [ -d "$source/grading/data" ]; then export LOUPE_DATA=$source/grading/data; fi
cd "$root"
if ! "$environment/bin/loupe" lint --course "$source/grading"; then
  echo "WARNING: Loupe is installed but could not prove this assignment here; see above, and test it with the solution." >&2
fi
