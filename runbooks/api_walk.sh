#!/usr/bin/env bash
# From a token to an upgraded fleet by curl alone: one user writes a job, another approves it, and then it runs.
#
#     lcm-nornir serve --rehearse > lab.env &      # and wait until lab.env is written
#     runbooks/api_walk.sh lab.env
#
# Each answer is a line on stdout: its name, then its JSON.
set -eu # without pipefail: who has read enough may leave a pipe
# shellcheck disable=SC1090
. "$1"

field() { # the first string of this name in the JSON on stdin
  python3 -m json.tool | sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}$/\1/p" | head -n 1
}

# 1. Two users, each with a token of his own.
ANSWER=$(curl -sS "$API/auth/token" --json "{\"user\": \"$OPERATOR\", \"password\": \"$OPERATOR_PASSWORD\"}")
WRITER="Authorization: SFD $(field token <<< "$ANSWER")"
echo "token $ANSWER"
ANSWER=$(curl -sS "$API/auth/token" --json "{\"user\": \"$APPROVER\", \"password\": \"$APPROVER_PASSWORD\"}")
OTHER="Authorization: SFD $(field token <<< "$ANSWER")"
echo "token $ANSWER"

# 2. Where images lie, and the image, pinned by its digest.
ANSWER=$(curl -sS "$API/lcm/image-servers" -H "$WRITER" --json "{\"name\": \"lab\", \"protocol\": \"http\", \"host\": \"$IMAGE_HOST\", \"port\": $IMAGE_PORT, \"path\": \"$IMAGE_PATH\"}")
SERVER=$(field new_object_id <<< "$ANSWER")
echo "message $ANSWER"
ANSWER=$(curl -sS "$API/lcm/os-images" -H "$WRITER" --json "{\"image_server\": {\"id\": \"$SERVER\"}, \"image_file_name\": \"$IMAGE_FILE\", \"os_image_version\": \"$IMAGE_VERSION\", \"sha256\": \"$IMAGE_SHA256\", \"sha512\": \"$IMAGE_SHA512\"}")
echo "message $ANSWER"
echo "groups $(curl -sS "$API/lcm/switch-groups" -H "$WRITER")"

# 3. A job: a draft, sent for approval. Whoever wrote it cannot approve it, whatever his roles.
ANSWER=$(curl -sS "$API/lcm/update-jobs" -H "$WRITER" -H "Idempotency-Key: walk-1" --json "{\"name\": \"walk\", \"os_image_version\": \"$IMAGE_VERSION\", \"image_file_name\": \"$IMAGE_FILE\", \"switch_group\": {\"id\": \"$GROUP\"}, \"image_server\": {\"id\": \"$SERVER\"}}")
JOB=$(field new_object_id <<< "$ANSWER")
echo "message $ANSWER"
echo "message $(curl -sS -X POST "$API/lcm/update-jobs/$JOB/send-for-approval" -H "$WRITER")"
echo "refused $(curl -sS -X POST "$API/lcm/update-jobs/$JOB/approve" -H "$WRITER")"
echo "message $(curl -sS -X POST "$API/lcm/update-jobs/$JOB/approve" -H "$OTHER")"
echo "job $(curl -sS "$API/lcm/update-jobs/$JOB" -H "$WRITER")"

# 4. Deploy it, and look until it has ended.
echo "message $(curl -sS "$API/lcm/update-jobs/$JOB/deploy" -H "$WRITER" --json '{"job_type": "NOW"}')"
for _ in $(seq 300); do
  STATUS=$(curl -sS -X POST "$API/lcm/update-jobs/$JOB/status" -H "$WRITER")
  WORD=$(field status <<< "$STATUS")
  case $WORD in
    NOT_STARTED | IN_PROGRESS) sleep 1 ;;
    *) break ;;
  esac
done
echo "status $STATUS"
sleep 1 # until its end is written down, too
echo "job $(curl -sS "$API/lcm/update-jobs/$JOB" -H "$WRITER")"
test "$WORD" = SUCCESS
