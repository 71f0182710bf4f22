#!/usr/bin/env bash
# usage: tools/terraform-check/check.sh google|aws DIR
# Checks a root module: fmt, init, validate, and `terraform test` with its mocked providers. Nothing is created anywhere.
#
# Where terraform gets the provider (from the registry, or a mirror that TF_CLI_CONFIG_FILE names) that one is used. Elsewhere a stand-in
# that knows its schema is: terraform's own core does the rest. The stand-in finds unknown and missing attributes, wrong types and
# blocks, bad references and documented enums; not conflicts between attributes, patterns, or what the cloud itself would refuse.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
provider=$1
module=$(cd "$2" && pwd)
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
[ -f "${TF_CLI_CONFIG_FILE:-/}" ] || export TF_CLI_CONFIG_FILE=/dev/null
work=$(mktemp -d)
stand_in=
finish() {
  [ -n "$stand_in" ] && kill "$stand_in" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT
# A copy: terraform writes into the folder that it checks, and its modules reach files beside it.
cp -r "$module/../.." "$work/deploy"
cd "$work/deploy/terraform/$(basename "$module")"
terraform fmt -check -recursive -diff

use_stand_in() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/cantor-terraform-check
  mkdir -p "$cache"
  cp "$here"/{package.json,gen-schema.js,server.js,tfplugin5-min.proto} "$cache/"
  (
    cd "$cache"
    exec 9>lock
    flock 9
    [ -d "node_modules/@cdktf/provider-$provider" ] || npm install --silent --no-audit --no-fund --ignore-scripts
    # Two families of resources that we do not use are told wrongly by the package.
    [ -s "$provider.json" ] || { node gen-schema.js "@cdktf/provider-$provider" "$provider.next" '^(?!aws_(quicksight|wafv2))' >/dev/null && mv "$provider.next" "$provider.json"; }
  )
  node "$cache/server.js" "$cache/$provider.json" "$work/provider.sock" "registry.terraform.io/hashicorp/$provider" >"$work/provider" 2>"$work/provider.log" &
  stand_in=$!
  for _ in $(seq 300); do
    [ -s "$work/provider" ] && break
    sleep 0.1
  done
  [ -s "$work/provider" ] || { cat "$work/provider.log"; return 1; }
  TF_REATTACH_PROVIDERS=$(cat "$work/provider")
  export TF_REATTACH_PROVIDERS
}

if terraform init -input=false -no-color >"$work/init" 2>&1; then
  echo "with the provider itself"
else
  use_stand_in
  terraform init -input=false -no-color >"$work/init" 2>&1 || { cat "$work/init"; exit 1; }
  echo "with a stand-in for the provider: terraform could not get it"
fi
terraform validate -no-color
terraform test -no-color
