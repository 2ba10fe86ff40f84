#!/usr/bin/env bash
# Deploys a chart and waits; rolls back when it does not become ready.
set -euo pipefail

release="${1:?release}"
chart="${2:?chart}"
tag="${3:?tag}"
namespace="${NAMESPACE:-default}"

previous="$(helm history "$release" --namespace "$namespace" --max 1 --output json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["revision"])')"

helm upgrade --install "$release" "$chart" --namespace "$namespace" --set image.tag="$tag"
if ! kubectl rollout status "deployment/$release" --namespace "$namespace" --timeout=5m; then
  echo "The rollout did not finish; going back to revision $previous" >&2
  kubectl get pods --namespace "$namespace" --selector "app=$release" >&2
  helm rollback "$release" "$previous" --namespace "$namespace" --wait
  exit 1
fi
