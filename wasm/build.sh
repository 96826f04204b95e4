#!/bin/bash
# Builds the decoders: video.wasm, video-h264.wasm, jpeg.wasm and webp.wasm, from Debian 12's source packages with clang and
# wasi-libc. LGPL only: nothing here may enable FFmpeg's GPL or non-free parts.
#
#   wasm/build.sh [output folder]      default: the folder of this script
#
# Needs Debian 12 (or a container of it) and, as root:
#   apt-get install clang-19 lld-19 llvm-19 libclang-rt-19-dev-wasm32 wasi-libc make patch dpkg-dev pkg-config ca-certificates
# Everything is kept below $WASM_WORK (default: wasm/.work); sources are fetched once.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "${1:-$here}")
work=${WASM_WORK:-$here/.work}
llvm=19
jobs=${JOBS:-$(nproc)}

for tool in clang-$llvm wasm-ld-$llvm llvm-ar-$llvm make patch dpkg-source pkg-config; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: see the top of wasm/build.sh for what to install." >&2; exit 1; }
done
mkdir -p "$work" "$out"
cd "$work"

# --- sources ------------------------------------------------------------------------------------------------------------------
# Fetches from the system's own Debian archive, without changing the system's lists.
apt_options=(-o Dir::Etc::sourcelist=- -o "Dir::Etc::sourceparts=$work/apt/sources" -o "Dir::State::lists=$work/apt/lists"
  -o "Dir::Cache=$work/apt/cache" -o APT::Sandbox::User= -o "Dir::State::status=/var/lib/dpkg/status")

fetch_sources() {
  mkdir -p apt/sources apt/lists/partial apt/cache/archives/partial
  sed 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > apt/sources/debian.sources
  apt-get "${apt_options[@]}" -qq update
  while read -r package version; do
    apt-get "${apt_options[@]}" -qq source "$package=$version" >/dev/null
  done < <(grep -v '^#' "$here/sources.txt")
}

[ -e sources-fetched ] || { fetch_sources; touch sources-fetched; }
ffmpeg=$work/ffmpeg-5.1.9 dav1d=$work/dav1d-1.0.0 jpeg=$work/libjpeg-turbo-2.1.5 webp=$work/libwebp-1.2.4

# --- the one set of flags -----------------------------------------------------------------------------------------------------
# The compiler's own vectorizing makes FFmpeg larger and no faster: SIMD is written by hand where it pays (src/h264-*.c, src/rgb.c ...).
# libjpeg's encoder gains from it ($vectorized).
target="--target=wasm32-wasi --sysroot=/usr"
flags="$target -O3 -msimd128 -fno-vectorize -fno-slp-vectorize -mbulk-memory -mnontrapping-fptoint -msign-ext -DNDEBUG -w
  -ffile-prefix-map=$work=. -ffile-prefix-map=$here=wasm"
vectorized="-O2 -fvectorize -fslp-vectorize"
link="-mexec-model=reactor -lm -Wl,--gc-sections,--strip-all,--stack-first,--export=__stack_pointer
  -Wl,--max-memory=125829120,--wrap=sbrk"
clang="clang-$llvm"
configuration="--disable-all --disable-autodetect --disable-programs --disable-doc --disable-pthreads --disable-network --disable-asm
  --disable-inline-asm --disable-x86asm --disable-runtime-cpudetect --disable-debug --disable-stripping --enable-avcodec
  --enable-swscale --enable-libdav1d --enable-decoder=h264,hevc,vp8,vp9,libdav1d,mpeg4,mjpeg,prores"
echo "$(echo $flags | sed "s|$work|.|; s|$here|.|")" > flags.txt
echo $configuration > configuration.txt

# compile <folder> <flags> <source>...: objects named after their sources, several at a time
compile() {
  local folder=$1 extra=$2; shift 2
  mkdir -p "$folder"
  printf '%s\n' "$@" | xargs -P "$jobs" -I{} sh -c "o=$folder/\$(basename {} .c).o; $clang $(echo $flags $extra) -c {} -o \$o"
}

build_dav1d() {
  local build=$work/build-dav1d source=$dav1d
  local extra="-std=c99 -D_GNU_SOURCE -fno-math-errno -I$here/src/no-threads -I$build/include -I$build/include/dav1d
    -I$source -I$source/include -I$source/include/dav1d" once=() depth=()
  [ -e "$build/libdav1d.a" ] || build_dav1d_library
  rm -rf "$build/kernels"
  compile "$build/kernels" "$extra -DBITDEPTH=8" "$here"/src/av1-*.c
}

build_dav1d_library() {
  mkdir -p "$build/include/dav1d"
  # The arithmetic decoder reads eight bytes at once, although pointers have four.
  sed -i 's/typedef size_t ec_win;/typedef uint64_t ec_win;/' "$source/src/msac.h"
  sed 's/@DAV1D_API_VERSION_MAJOR@/6/;s/@DAV1D_API_VERSION_MINOR@/6/;s/@DAV1D_API_VERSION_PATCH@/0/' \
    "$source/include/dav1d/version.h.in" > "$build/include/dav1d/version.h"
  printf '#define %s\n' "ARCH_AARCH64 0" "ARCH_ARM 0" "ARCH_PPC64LE 0" "ARCH_X86 0" "ARCH_X86_32 0" "ARCH_X86_64 0" \
    "CONFIG_8BPC 1" "CONFIG_16BPC 1" "CONFIG_LOG 0" "ENDIANNESS_BIG 0" "HAVE_ASM 0" "HAVE_CLOCK_GETTIME 1" \
    "HAVE_POSIX_MEMALIGN 1" "HAVE_UNISTD_H 1" "PREFIX 0" > "$build/include/config.h"
  echo '#define DAV1D_VERSION "1.0.0"' > "$build/include/vcs_version.h"
  for name in cdf cpu data decode dequant_tables getbits intra_edge itx_1d lf_mask log mem msac obu picture qm ref refmvs scan \
    tables warpmv wedge lib thread_task; do once+=("$source/src/$name.c"); done
  for name in cdef_apply cdef fg_apply filmgrain ipred_prepare ipred itx lf_apply loopfilter looprestoration lr_apply mc recon; do
    depth+=("$source/src/${name}_tmpl.c"); done
  compile "$build/once" "$extra" "${once[@]}"
  compile "$build/8" "$extra -DBITDEPTH=8" "${depth[@]}"
  compile "$build/16" "$extra -DBITDEPTH=16" "${depth[@]}"
  printf '%s\n' "Name: libdav1d" "Description: AV1" "Version: 1.0.0" "Libs: -L$build -ldav1d" \
    "Cflags: -I$source/include -I$build/include -I$build/include/dav1d" > "$build/dav1d.pc"
  llvm-ar-$llvm rcsD "$build/libdav1d.a" "$build"/once/*.o "$build"/8/*.o
  # Objects of both depths have the same names, so the second set is renamed.
  (cd "$build/16" && for o in *.o; do mv "$o" "16_$o"; done && llvm-ar-$llvm rcsD ../libdav1d.a 16_*.o)
}

build_ffmpeg() {
  local build=$work/build-ffmpeg
  [ -e "$build/built" ] && return
  mkdir -p "$build" && cd "$build"
  # A finished HEVC picture keeps only the motion data that later ones may need, a sixteenth, and its lists of references as pointers:
  # together they were a third of its memory.
  grep -q keep_motion "$ffmpeg/libavcodec/hevcdec.c" || patch -s -d "$ffmpeg" -p1 < "$here/src/hevc-memory.patch"
  # A finished H.264 picture without fields keeps only the vectors of each macroblock's corners, a quarter: all of them were a third of it.
  grep -q motion_corners "$ffmpeg/libavcodec/error_resilience.h" || patch -s -d "$ffmpeg" -p1 < "$here/src/h264-memory.patch"
  # The arithmetic decoder shifts by the number of bits that its range lacks: one instruction here, a table of 512 bytes in FFmpeg.
  sed -i 's/lps_mask= ff_h264_norm_shift\[c->range\];/lps_mask= __builtin_clz(c->range) - 23;/' "$ffmpeg/libavcodec/cabac_functions.h"
  grep -q '__builtin_clz(c->range)' "$ffmpeg/libavcodec/cabac_functions.h"
  sed -i 's/ff_vp56_norm_shift\[c->high\]/__builtin_clz(c->high) - 24/' "$ffmpeg/libavcodec/vp56.h"
  grep -q '__builtin_clz(c->high)' "$ffmpeg/libavcodec/vp56.h"
  # VP9's coefficients are read with the arithmetic decoder's state in registers: through its pointer every bit would go through memory.
  grep -q '\*coder = state;' "$ffmpeg/libavcodec/vp9block.c" || patch -s -d "$ffmpeg" -p1 < "$here/src/vp9-coefficients.patch"
  # wasi-libc has no tempnam; libavutil names it in a function that is never linked.
  echo 'static inline char *tempnam(const char *d, const char *p) { (void)d; (void)p; return 0; }' > compat.h
  PKG_CONFIG_PATH=$work/build-dav1d "$ffmpeg/configure" \
    --cc=$clang --ld=$clang --ar=llvm-ar-$llvm --nm=llvm-nm-$llvm --ranlib=llvm-ranlib-$llvm --pkg-config=pkg-config \
    --enable-cross-compile --target-os=none --arch=wasm32 \
    --extra-cflags="$(echo $flags) -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS -include $build/compat.h" \
    --extra-ldflags="$target" --optflags=-O3 \
    $configuration > configure.log
  # What configure does not know about this target: a clz instruction, loads at any address, 64-bit arithmetic.
  # And rows aligned as on x86, because the MPEG-4 decoder refuses pictures with less than 24 bytes from row to row.
  sed -i -E 's/#define (HAVE_FAST_CLZ|HAVE_FAST_UNALIGNED|HAVE_FAST_64BIT|HAVE_SIMD_ALIGN_32) 0/#define \1 1/' config.h
  grep -q '^License: LGPL' configure.log || { echo "FFmpeg is not configured as LGPL." >&2; exit 1; }
  # Large and rarely run: the C code that SIMD replaces, and swscale's conversions of formats that no decoder here returns.
  printf '%s: CFLAGS += -Os\n' libavcodec/h264qpel.o libswscale/{output,input,swscale_unscaled,rgb2rgb,utils}.o >> ffbuild/config.mak
  make -s -j "$jobs" libavcodec/libavcodec.a libavutil/libavutil.a libswscale/libswscale.a
  # The same library with only H.264 in its list of codecs: the linker leaves the others out.
  mkdir -p h264/libavcodec
  echo 'static const FFCodec * const codec_list[] = { &ff_h264_decoder, NULL };' > h264/libavcodec/codec_list.c
  touch built
  cd "$work"
}

link_video() { # link_video <name> <extra objects and libraries>
  local name=$1 build=$work/build-ffmpeg; shift
  $clang $flags -DHAVE_AV_CONFIG_H "$@" -I"$ffmpeg" -I"$build" "$here"/src/{memory,video,rgb,chroma}.c "$here"/src/h264-*.c \
    -Wl,--wrap=ff_h264qpel_init,--wrap=ff_h264chroma_init,--wrap=ff_h264dsp_init "$build"/libavcodec/libavcodec.a "$build"/libswscale/libswscale.a "$build"/libavutil/libavutil.a "$work"/build-dav1d/libdav1d.a \
    -lwasi-emulated-signal -lwasi-emulated-process-clocks $link -Wl,-z,stack-size=524288 -o "$out/$name.wasm"
}

build_jpeg() {
  local build=$work/build-jpeg names=() sources=()
  mkdir -p "$build"
  printf '#define %s\n' "JPEG_LIB_VERSION 62" "LIBJPEG_TURBO_VERSION 2.1.5" "LIBJPEG_TURBO_VERSION_NUMBER 2001005" \
    "C_ARITH_CODING_SUPPORTED 1" "D_ARITH_CODING_SUPPORTED 1" "MEM_SRCDST_SUPPORTED 1" "BITS_IN_JSAMPLE 8" "WITH_SIMD 1" > "$build/jconfig.h"
  printf '#define %s\n' 'BUILD ""' "INLINE inline __attribute__((always_inline))" "THREAD_LOCAL" 'PACKAGE_NAME "libjpeg-turbo"' \
    'VERSION "2.1.5"' "SIZEOF_SIZE_T 4" "HAVE_BUILTIN_CTZL" "FALLTHROUGH __attribute__((fallthrough));" > "$build/jconfigint.h"
  sed 's/@COPYRIGHT_YEAR@/1991-2023/' "$jpeg/jversion.h.in" > "$build/jversion.h"
  names=(jcapimin jcapistd jccoefct jccolor jcdctmgr jchuff jcicc jcinit jcmainct jcmarker jcmaster jcomapi jcparam jcphuff jcprepct
    jcsample jctrans jdapimin jdapistd jdatadst jdatasrc jdcoefct jdcolor jddctmgr jdhuff jdicc jdinput jdmainct jdmarker jdmaster
    jdmerge jdphuff jdpostct jdsample jdtrans jerror jfdctflt jfdctfst jfdctint jidctflt jidctfst jidctint jidctred jquant1 jquant2
    jutils jmemmgr jmemnobs jaricom jcarith jdarith jsimd_none)
  for name in "${names[@]}"; do sources+=("$jpeg/$name.c"); done
  local extra="$vectorized -I$build -I$jpeg -DNO_GETENV -include errno.h"
  compile "$build/objects" "$extra" "${sources[@]}" "$here"/src/memory.c "$here"/src/jpeg*.c
  local wrap=""
  for name in idct_islow ycc_rgb h2v2_fancy_upsample h2v1_fancy_upsample rgb_ycc h2v2_downsample convsamp fdct_islow quantize \
    huff_encode_one_block; do wrap="$wrap,--wrap=jsimd_can_$name,--wrap=jsimd_$name"; done
  wrap="$wrap,--wrap=jsimd_ycc_rgb_convert,--wrap=jsimd_rgb_ycc_convert"
  $clang $flags "$build"/objects/*.o $link -Wl$wrap -Wl,-z,stack-size=131072 -o "$out/jpeg.wasm"
}

build_webp() {
  local build=$work/build-webp
  # libwebp's code for SSE2, with a header that maps it to WebAssembly's SIMD; its arithmetic decoder reads seven bytes at once.
  sed -i '/reasonable default/,/^#endif/s/#define BITS 24/#define BITS 56/' "$webp/src/utils/bit_reader_utils.h"
  compile "$build/objects" "-I$webp -I$here/src/sse2 -D__SSE2__ -DEMSCRIPTEN" "$webp"/src/{dec,dsp,utils,enc}/*.c "$webp"/sharpyuv/*.c "$here"/src/memory.c "$here"/src/webp.c
  $clang $flags "$build"/objects/*.o $link -Wl,-z,stack-size=131072 -o "$out/webp.wasm"
}

build_jpeg
build_webp
build_dav1d
build_ffmpeg
link_video video "$here"/src/hevc-*.c "$here"/src/vp9-*.c "$work"/build-dav1d/kernels/*.o \
  -Wl,--wrap=ff_hevc_dsp_init,--wrap=ff_vp9dsp_init$(printf ',--wrap=dav1d_%s_dsp_init_8bpc' loop_filter cdef loop_restoration mc itx)
link_video video-h264 -I"$work/build-ffmpeg/h264" -I"$work/build-ffmpeg/h264/libavcodec" -I"$ffmpeg/libavcodec" "$ffmpeg/libavcodec/allcodecs.c"
mkdir -p "$out/licences"
cp "$ffmpeg/COPYING.LGPLv2.1" "$out/licences/ffmpeg.txt"
cp "$dav1d/COPYING" "$out/licences/dav1d.txt"
cp "$webp/COPYING" "$out/licences/libwebp.txt"
cp "$webp/PATENTS" "$out/licences/libwebp-patents.txt"
cp "$jpeg/LICENSE.md" "$out/licences/libjpeg-turbo.md"
cp "$jpeg/README.ijg" "$out/licences/libjpeg-turbo-ijg.txt"
ls -l "$out"/*.wasm
