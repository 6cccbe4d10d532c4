#!/usr/bin/env bash
# The steps of the Dockerfile without Docker: build the wheel, install it into a fresh environment, and use every command
# from an empty folder. Needs the development environment (make test).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '\n== %s\n' "$*"; }

say "build the wheel"
git -C "$root" ls-files -z --cached --others --exclude-standard | (cd "$root" && xargs -0 cp --parents -t "$work/" 2>/dev/null) || true
mkdir "$work/dist"
(cd "$work" && "$root/.venv/bin/python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$work/dist" .)

say "install it into a fresh environment"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$root/requirements.lock"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$work"/dist/*.whl
mkdir "$work/empty" && cd "$work/empty"
export PATH="$work/venv/bin:$PATH" COUNTERWATCH_DATA_DIR="$work/store"

say "every command"
counterwatch --version
for command in scan serve worker review demo lab classify config cases bundle users trace status doctor db completion; do
  counterwatch $command --help >/dev/null
done
counterwatch config check
counterwatch config show >/dev/null
for kind in settings sector pack weights; do counterwatch config schema "$kind" | python -m json.tool >/dev/null; done
counterwatch completion bash | bash -n
echo '<html lang=en><title>Hello</title><p>Nothing is sold here.' >page.html
counterwatch classify page.html --url https://hello.example/ --json | python -m json.tool >/dev/null
counterwatch db upgrade
counterwatch users add wheel-test >/dev/null
counterwatch status
counterwatch cases list

say "the demo, once"
counterwatch demo --once --sites 40 --port 0 --data-dir "$work/demo" 2>&1 | tail -n 15
bundle=$(counterwatch --data-dir "$work/demo" bundle list --json | head -n 1 | python -c 'import json,sys; print(json.load(sys.stdin)["id"])')
counterwatch --data-dir "$work/demo" bundle export "$bundle" -o bundle.zip
counterwatch bundle verify bundle.zip
printf '\nwheel: every command works from a wheel\n'
