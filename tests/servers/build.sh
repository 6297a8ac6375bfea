#!/usr/bin/env bash
# Builds the servers for tests: tests/servers/build.sh OUTDIR
# Keeps a binary that is newer than its module; one failure does not stop the rest.
set -u

out=${1:?usage: build.sh OUTDIR}
mkdir -p "$out" && out=$(cd "$out" && pwd) && cd "$(dirname "$0")" || exit 1

failed=0
for server in vault minio gcs; do
    binary=$out/$server
    printf '%s: ' "$server"
    if [[ $binary -nt $server/go.mod && $binary -nt $server/go.sum ]]; then
        echo "up to date"
        continue
    fi
    SECONDS=0
    if log=$(CGO_ENABLED=0 nice -n 10 go build -C "$server" -p 2 -trimpath \
        -ldflags '-s -w' -o "$binary.new" tool 2>&1) && mv "$binary.new" "$binary"; then
        echo "built in ${SECONDS} s, $(du -m "$binary" | cut -f1) MiB"
    else
        echo "failed"
        grep -v '^go: downloading' <<<"$log" >&2
        failed=1
    fi
done

printf 'azurite: '
azurite=$out/azurite
if [[ -x $azurite/node_modules/.bin/azurite-blob ]] && cmp -s azurite/package-lock.json "$azurite/package-lock.json"; then
    echo "up to date"
else
    SECONDS=0
    mkdir -p "$azurite" && cp azurite/package*.json "$azurite"
    if log=$(nice -n 10 npm ci --prefix "$azurite" --ignore-scripts --no-audit --no-fund 2>&1); then
        echo "installed in ${SECONDS} s, $(du -sm "$azurite" | cut -f1) MiB"
    else
        echo "failed"
        echo "$log" >&2
        failed=1
    fi
fi
exit $failed
