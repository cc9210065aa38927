#!/bin/sh
# Compresses text with xz, with the options of one trial. The objective is bytes out per byte in, over the first one, two,
# … eight parts of the text.
set -u

give_up() {
  sherpa trial end --status failed --message "$1"
  exit 1
}

for name in lc lp pb mf nice; do
  value=$(sherpa trial get "$name") || exit 1
  eval "$name=\$value"
done
options="preset=6,lc=$lc,lp=$lp,pb=$pb,mf=$mf,nice=$nice"

here=$(dirname "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
gzip -dc "$here/../data/digits.csv.gz" >"$work/text" && split -n l/8 "$work/text" "$work/part." ||
  give_up "cannot cut the text in parts; there must be gzip and the split of GNU coreutils"

in=0 out=0 part=0
for file in "$work"/part.*; do
  # Some combinations are invalid: lc + lp is at most 4. Such a trial fails with a reason, and the study continues.
  said=$(xz --stdout --format=raw --lzma2="$options" "$file" 2>&1 >"$work/compressed") || give_up "xz: ${said#*xz: }"
  part=$((part + 1))
  in=$((in + $(wc -c <"$file")))
  out=$((out + $(wc -c <"$work/compressed")))
  ratio=$(awk "BEGIN { printf \"%.6f\", $out / $in }")
  sherpa trial report --iteration "$part" --objective "$ratio" --context "bytes=$out"
  case $? in
    0) ;;
    10) exit 0 ;;  # the trial should stop
    *) exit 1 ;;
  esac
done
