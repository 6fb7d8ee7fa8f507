#!/usr/bin/env bash
# The base install, without extras, in an empty environment: no torch, and the main job works.
# .ci/bare_install.sh FOLDER [MODEL]
set -euo pipefail

folder=$1
python=${PYTHON:-python3}
"$python" -m venv "$folder/bare"
"$folder/bare/bin/python" -m pip --disable-pip-version-check install --quiet .

cd "$folder" # away from the source tree: what is tested is what was installed
"$folder/bare/bin/python" - <<'CHECK'
from importlib.util import find_spec

unwanted = [name for name in ("torch", "lightning", "timm", "onnxruntime", "pillow_heif") if find_spec(name)]
assert not unwanted, f"the base install brings {', '.join(unwanted)}"
CHECK
photo=$("$folder/bare/bin/python" -c 'from crackwise.examples import example_photos; print(example_photos()[0])')
"$folder/bare/bin/crackwise" inspect "$photo" --out "$folder/bare-report" --scale 0.25mm/px ${2:+--model "$2"}
for name in report.html cracks.csv photos.csv coco.json; do
  test -s "$folder/bare-report/$name" || { echo "crackwise inspect wrote no $name" >&2; exit 1; }
done
said=$("$folder/bare/bin/crackwise" train crackwise-base --data . --out run 2>&1) && exit 1
case $said in
*'needs the extra "train"'*) echo "bare install: inspect works without torch" ;;
*) echo "crackwise train without torch said: $said" >&2; exit 1 ;;
esac
