#!/usr/bin/env bash
# Writes the sample backups beside this script and the small fixtures in tests/fixtures/rdb, with the redis-server
# that is installed. Needs redis-server, redis-cli and redis-check-rdb; opens no TCP port.
set -euo pipefail
export LC_ALL=C

shards=3
samples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fixtures=$samples/../../tests/fixtures/rdb
work=$(mktemp -d)
server=

cleanup() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT

cli() {
    redis-cli -s "$work/socket" "$@"
}

# start OPTION…: a server without TCP port, automatic saves or any file outside $work
start() {
    redis-server --port 0 --unixsocket "$work/socket" --dir "$work" --dbfilename dump.rdb \
        --save '' --appendonly no --logfile "$work/log" "$@" >/dev/null &
    server=$!
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        if [[ $(cli ping 2>/dev/null) == PONG ]]; then
            return
        fi
        sleep 0.05
    done
    echo "redis-server does not answer:" >&2
    cat "$work/log" >&2
    exit 1
}

stop() {
    cli shutdown nosave 2>/dev/null || true
    wait "$server" || true
    server=
}

# feed: runs the commands on stdin, all of which must succeed
feed() {
    cli -e >"$work/replies"
    if grep -nE '^(ERR|WRONGTYPE|\(error\))' "$work/replies" >&2; then
        exit 1
    fi
}

# save FILE: writes what the server holds
save() {
    cli save >/dev/null
    mv "$work/dump.rdb" "$1"
}

# commands SHARD: the contents of one shard, the same on every run; key n lives in shard n % shards
commands() {
    awk -v shard="$1" -v shards="$shards" '
        # A generator of its own, as that of one awk differs from that of another.
        function random(below) {
            seed = (seed * 69069 + 12345) % 2147483648
            return int(seed / 65536) % below
        }
        # Large numbers in full: some awks switch to 1.7e+12.
        function whole(number) {
            return sprintf("%.0f", number)
        }
        # The last parameters are local variables.
        function noise(size, text) {
            text = ""
            while (length(text) < size) text = text substr(letters, random(length(letters)) + 1, 1)
            return text
        }
        function repeat(word, times, text) {
            text = ""
            while (times-- > 0) text = text word
            return text
        }
        BEGIN {
            letters = "abcdefghijklmnopqrstuvwxyz0123456789"
            seed = 20240917 + shard
            far = 4070908800        # 2099-01-01T00:00:00Z

            for (n = shard; n < 240; n += shards) {
                id = sprintf("%04d", n)
                print "SET session:" id, noise(48 + random(64)), "EXAT", whole(far + n)
                print "HSET user:" id, "name", noise(8), "visits", random(100000), "city", "\"" noise(6) " " noise(4) "\""
                print "SET order:" id ":total", n * 1999
            }
            for (n = shard; n < 60; n += shards) {
                id = sprintf("%04d", n)
                print "RPUSH order:" id ":lines", noise(12), random(1000), noise(20)
                print "SADD order:" id ":tags", "paid", "shipped", noise(5)
                print "SADD order:" id ":items", random(30000), random(30000), 70000 + random(1000)
                print "ZADD order:" id ":score", random(100), "price", random(100) / 8, "rating"
                print "PEXPIREAT order:" id ":tags", whole(far + n) "000"
            }

            # The other encodings of each type: long, large, wide.
            at = ":" shard
            print "SET page" at, "\"" repeat("<p>the same line again and again</p>", 400) "\""
            print "SET counter:small" at, 7
            print "SET counter:negative" at, -1234567
            print "SET counter:large" at, "9007199254740993"
            print "SET empty" at, "\"\""
            print "SET \"binary\\x00\\r\\n\\xff" at "\"", "\"\\x00\\x01\\r\\n\\x80\\xfe\\xff REDIS0010 \\xff\""
            print "SET \"\\xe4\\xbc\\x9a\\xe8\\xaf\\x9d" at "\"", "\"\\xe5\\xa4\\x87\\xe4\\xbb\\xbd\""
            print "SETBIT bitmap" at, 4095, 1
            for (n = 0; n < 40; n++) print "PFADD visitors" at, noise(10)
            for (n = 0; n < 150; n++) {
                print "RPUSH queue" at, noise(24 + random(40))
                print "SADD members" at, noise(10)
                print "HSET profile" at, "field:" n, noise(12)
                print "ZADD ranking" at, n * 3 + random(3), "player:" noise(6)
                print "SADD numbers" at, n * 7 + shard
                print "SADD numbers:wide" at, whole(4294967296 + n * 11)
            }
            print "HSET profile" at, "about", noise(80)
            print "GEOADD stores" at, 116.397, 39.909, "beijing", 121.474, 31.230, "shanghai"

            for (n = 1; n <= 120; n++)
                print "XADD events" at, whole(1700000000000 + n * 1000) "-" shard, "kind", (n % 3 ? "view" : "buy"), "sku", noise(8)
            print "XGROUP CREATE events" at, "billing 0"
            print "XREADGROUP GROUP billing worker-1 COUNT 5 STREAMS events" at, ">"
            print "XACK events" at, "billing", "1700000001000-" shard

            print "SELECT 1"
            for (n = shard; n < 30; n += shards) {
                id = sprintf("%04d", n)
                print "SET cache:" id, noise(32), "EXAT", whole(far + 86400)
                print "RPUSH recent:" id, random(500), noise(9)
            }
        }' </dev/null
}

# examine FILE KEYS: the file passes redis-check-rdb, and a server finds that many keys in it
examine() {
    redis-check-rdb "$1" >"$work/check" || { cat "$work/check" >&2; exit 1; }
    cp "$1" "$work/dump.rdb"
    start
    local found
    found=$(cli info keyspace | tr -d '\r' | awk -F'[=,]' '/^db/ { keys += $2 } END { print keys + 0 }')
    stop
    rm "$work/dump.rdb"
    if [[ $found != "$2" ]]; then
        echo "$1: $found keys instead of $2" >&2
        exit 1
    fi
    echo "${1##*/}: $(wc -c <"$1") bytes, $found keys"
}

mkdir -p "$fixtures"

start
save "$work/empty.rdb"
stop

start --rdbchecksum no
printf '%s\n' 'SET greeting "hello"' 'SET number 12345' 'RPUSH list a b c' | feed
save "$work/no-checksum.rdb"
stop

for ((shard = 0; shard < shards; shard++)); do
    start
    commands "$shard" | feed
    save "$work/shard-$shard.rdb"
    stop
done

# Every shard holds a third of the numbered keys and one each of the others.
examine "$work/empty.rdb" 0
examine "$work/no-checksum.rdb" 3
for ((shard = 0; shard < shards; shard++)); do
    examine "$work/shard-$shard.rdb" 357
done

mv "$work"/empty.rdb "$work"/no-checksum.rdb "$fixtures"
mv "$work"/shard-*.rdb "$samples"
