#!/bin/bash
# Checks the kernels of VP9 and AV1 against the C of FFmpeg and dav1d that they replace, with random and extreme input. Needs node, and
# the files that wasm/build.sh leaves in wasm/.work.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=${WASM_WORK:-$here/.work}
[ -e "$work/build-ffmpeg/built" ] || { echo "Nothing is built in $work: npm run wasm:build first." >&2; exit 1; }
ffmpeg=$work/ffmpeg-5.1.9 dav1d=$work/dav1d-1.0.0 av1=$work/build-dav1d

check() { # check <name> <flags, sources and libraries>...
  local name=$1; shift
  mkdir -p "$work/check"
  clang-19 --target=wasm32-wasi --sysroot=/usr $(grep -o -e '-O3.*' "$work/flags.txt") -I"$here/src" "$here/check/$name.c" "$@" \
    -lm -lwasi-emulated-signal -lwasi-emulated-process-clocks -Wl,-z,stack-size=1048576 -o "$work/check/$name.wasm"
  node --no-warnings -e '
    const { WASI } = require("node:wasi");
    const wasi = new WASI({ version: "preview1" });
    const module = new WebAssembly.Module(require("node:fs").readFileSync(process.argv[1]));
    process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));' "$work/check/$name.wasm"
}

check vp9 -I"$ffmpeg" -I"$work/build-ffmpeg" "$here"/src/vp9-*.c -Wl,--wrap=ff_vp9dsp_init \
  "$work"/build-ffmpeg/lib{avcodec/libavcodec,avutil/libavutil}.a
check av1 -D_GNU_SOURCE -DBITDEPTH=8 -I"$here/src/no-threads" -I"$av1/include" -I"$av1/include/dav1d" -I"$dav1d" -I"$dav1d/include" \
  -I"$dav1d/include/dav1d" "$av1"/kernels/*.o -Wl,--whole-archive "$av1/libdav1d.a" -Wl,--no-whole-archive \
  $(printf -- ' -Wl,--wrap=dav1d_%s_dsp_init_8bpc' loop_filter cdef loop_restoration mc itx)
