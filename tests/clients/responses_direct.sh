#!/usr/bin/env bash
# responses_direct.sh CHAOS: the official openai client speaks Responses with a mock: whole, streamed, and
# with the strict helper; then the mock's limit is reached, and things are asked for that it does not keep.
set -euo pipefail
chaos=$1
. "$(dirname "$0")/lib.sh"

start_mocks "$here/responses_direct.yaml"
export OPENAI_BASE_URL=${url[primary]}/v1
run_client responses_direct.mjs
for way in whole helped streamed; do
  has "\"$way\":{\"tool\":\"get_weather\",\"own_id\":true,\"first_status\":\"completed\",\"status\":\"completed\",\"text\":\"(as primary-"
done
has '"counted":true'
has '"same":true'
has '"in_order":true'
has '"turns":2'
has '"limited":"RateLimitError 429 rate_limit_exceeded 2"'
has '"forgotten":"BadRequestError 400 previous_response_not_found "'
has '"absent":"NotFoundError 404  "'
has '"unanswered":"BadRequestError 400  "'
happened fault_delivered '"fault":"rate_limit'
happened attempt_ended '"provider":"primary"' '"status":429'
echo "the openai client finished: $result"
