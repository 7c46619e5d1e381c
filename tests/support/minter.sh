#!/bin/sh
# A provider in a folder, as a minter of the kind `command`: minter.sh FOLDER VERB…
# keys/ID holds a secret, off/ID is there where it is disabled, used/ID says when it was last used; calls lists what was
# asked and effects what changed. A file FOLDER/lose makes the next mint end without an answer after it took effect.
d=$1
shift
echo "$*" >> "$d/calls"
fresh() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
case $1 in
  whoami) echo '{"account":"acme","who":"user/operator"}' >&3 ;;
  list)
    printf '[' >&3
    between=
    for path in "$d"/keys/*; do
      id=${path##*/}
      [ -e "$path" ] || continue
      [ -e "$d/off/$id" ] && active=false || active=true
      printf '%s{"id":"%s","active":%s,"created":"%s","last_used":"%s"}' "$between" "$id" $active \
        "$(cat "$d/made/$id")" "$(cat "$d/used/$id" 2>/dev/null)" >&3
      between=,
    done
    printf ']' >&3 ;;
  mint)
    id=K$(fresh)
    date -u +%Y-%m-%dT%H:%M:%SZ > "$d/made/$id"
    fresh > "$d/keys/$id"
    echo "mint $id" >> "$d/effects"
    [ -e "$d/lose" ] && rm "$d/lose" && exit 9
    printf '{"id":"%s","secret":"%s"}' "$id" "$(cat "$d/keys/$id")" >&3 ;;
  disable)
    [ -e "$d/keys/$2" ] || exit 2
    [ -e "$d/off/$2" ] || echo "disable $2" >> "$d/effects"
    : > "$d/off/$2" ;;
  enable) [ -e "$d/keys/$2" ] || exit 2; rm -f "$d/off/$2" ;;
  remove)
    [ ! -e "$d/keys/$2" ] || echo "remove $2" >> "$d/effects"
    rm -f "$d/keys/$2" "$d/off/$2" ;;
  try)
    read -r secret
    [ -e "$d/keys/$2" ] && [ ! -e "$d/off/$2" ] && [ "$secret" = "$(cat "$d/keys/$2")" ] || exit 1
    printf acme >&3 ;;
  *) exit 2 ;;
esac
