// A video decoder: packets in, pictures out. No containers, no threads, no files; the host splits streams into packets and keeps
// their order. Results below zero are FFmpeg's error codes.
#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name)))

static AVCodecContext *context;
static AVPacket *packet;
static AVFrame *frame;
static struct SwsContext *scaler;
static struct { int width, rows, format, to_width, to_rows, to_format, colours, smooth; } scaler_is;
enum { STRIP_ROWS = 64 }; // the most that convert_rows is asked for
static int converted; // rows of the result so far
static uint8_t *chroma;

int rgb_is_direct(const struct SwsContext *scaler);
int chroma_full_format(int format);
void chroma_rows(const uint8_t *plane, ptrdiff_t stride, int plane_rows, int shared, int is_wide, int width, int from, int rows, uint8_t *to,
                 ptrdiff_t to_stride);
void rgb_filtered(struct SwsContext *scaler);
void rgb_rows(const struct SwsContext *scaler, const uint8_t *const planes[], const int strides[], uint8_t *to, int stride, int rows);

static void say_nothing(void *a, int level, const char *format, va_list values) {
  (void)a, (void)level, (void)format, (void)values;
}

EXPORT(video_close) void video_close(void) {
  sws_freeContext(scaler);
  scaler = 0;
  av_freep(&chroma);
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&context);
}

static const enum AVCodecID codecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC,  AV_CODEC_ID_VP8,   AV_CODEC_ID_VP9,
                                        AV_CODEC_ID_AV1,  AV_CODEC_ID_MPEG4, AV_CODEC_ID_MJPEG, AV_CODEC_ID_PRORES};

// Opens codec number `which` of the list above. `tag`: its four letters in the container, from which ProRes reads its kind. At least
// `delay` pictures are held back for reordering. 0 if it is fine.
EXPORT(video_open) int video_open(int which, unsigned tag, const uint8_t *extradata, int size, int width, int height, int delay) {
  av_log_set_callback(say_nothing);
  const AVCodec *codec = avcodec_find_decoder(codecs[which]);
  if (!codec) return AVERROR_DECODER_NOT_FOUND;
  video_close();
  context = avcodec_alloc_context3(codec);
  packet = av_packet_alloc();
  frame = av_frame_alloc();
  if (!context || !packet || !frame) return AVERROR(ENOMEM);
  context->thread_count = 1;
  context->width = width;
  context->height = height;
  context->has_b_frames = delay;
  context->codec_tag = tag;
  // Crops exactly: without this, a left edge is moved to where SIMD code wants it.
  context->flags |= AV_CODEC_FLAG_UNALIGNED | AV_CODEC_FLAG_BITEXACT;
  context->pkt_timebase = (AVRational){1, 1000000};
  if (size > 0) {
    context->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!context->extradata) return AVERROR(ENOMEM);
    memcpy(context->extradata, extradata, size);
    context->extradata_size = size;
  }
  return avcodec_open2(context, codec, NULL);
}

// The address for the next packet's bytes; 0 if there is no memory for them.
EXPORT(video_packet) uint8_t *video_packet(int size) {
  av_packet_unref(packet);
  return av_new_packet(packet, size) < 0 ? 0 : packet->data;
}
EXPORT(video_send) int video_send(double pts, int skip_non_reference) {
  // The last picture ends here: decoding the next one may use its memory.
  av_frame_unref(frame);
  packet->pts = (int64_t)pts;
  packet->dts = AV_NOPTS_VALUE;
  context->skip_frame = skip_non_reference ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
  int result = avcodec_send_packet(context, packet);
  av_packet_unref(packet);
  return result;
}
EXPORT(video_flush) int video_flush(void) { return avcodec_send_packet(context, NULL); }
EXPORT(video_reset) void video_reset(void) {
  av_frame_unref(frame);
  avcodec_flush_buffers(context);
}

// 1 for a picture, 0 if it needs packets (or, flushed, has no more pictures), below zero for an error.
EXPORT(video_receive) int video_receive(void) {
  int result = avcodec_receive_frame(context, frame);
  return result == 0 ? 1 : result == AVERROR(EAGAIN) || result == AVERROR_EOF ? 0 : result;
}
EXPORT(picture_pts) double picture_pts(void) { return (double)frame->pts; }
EXPORT(picture_width) int picture_width(void) { return frame->width; }
EXPORT(picture_height) int picture_height(void) { return frame->height; }
EXPORT(picture_format) const char *picture_format(void) { return av_get_pix_fmt_name(frame->format); }
EXPORT(picture_plane) uint8_t *picture_plane(int i) { return i < 4 ? frame->data[i] : 0; }
EXPORT(picture_stride) int picture_stride(int i) { return frame->linesize[i]; }
EXPORT(picture_row_bytes) int picture_row_bytes(int i) { return av_image_get_linesize(frame->format, frame->width, i); }
EXPORT(picture_rows) int picture_rows(int i) {
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
  return i == 1 || i == 2 ? AV_CEIL_RSHIFT(frame->height, format->log2_chroma_h) : frame->height;
}

// How many rows to convert for all that can be seen. OpenCV converts the coded rows below the visible ones as well, and chroma is
// interpolated from them: eight are more than any filter reaches in a picture's own size.
static int rows_with_hidden(void) {
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
  int rows = FFMIN(context->coded_height, FFALIGN(frame->height, 2) + 8);
  if (rows <= frame->height) return frame->height;
  for (int i = 0; i < 3 && frame->data[i]; i++) {
    int plane_rows = i ? AV_CEIL_RSHIFT(rows, format->log2_chroma_h) : rows;
    const AVBufferRef *buffer = frame->buf[i];
    if (!buffer || frame->linesize[i] <= 0 || frame->data[i] < buffer->data ||
        frame->data[i] - buffer->data + (int64_t)plane_rows * frame->linesize[i] > buffer->size)
      return frame->height;
  }
  return rows;
}

// Bytes in a row of chroma that is as wide as luma.
static int chroma_stride(void) { return FFALIGN(frame->width, 16) * 2; }

// Prepares to convert the picture to packed RGB (or gray) of a size. OpenCV's colours are swscale's defaults: BT.601, and full range
// only if the pixel format says so; with `tagged`, matrix and range are the stream's. With `smooth`, chroma is interpolated for the
// pixels that share it (chroma.c). 0 if it is fine.
EXPORT(convert_open) int convert_open(int width, int height, int gray, int tagged, int smooth) {
  int to_format = gray ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24;
  int colours = tagged ? 1 + frame->colorspace + (frame->color_range << 8) : 0;
  int shrinks = width < frame->width || height < frame->height;
  int full_format = smooth && !gray ? chroma_full_format(frame->format) : AV_PIX_FMT_NONE;
  smooth = full_format != AV_PIX_FMT_NONE;
  int is_own_size = width == frame->width && height == frame->height && !smooth;
  int rows = is_own_size ? rows_with_hidden() : frame->height, to_rows = is_own_size ? rows : height;
  if (scaler && scaler_is.width == frame->width && scaler_is.rows == rows && scaler_is.format == frame->format &&
      scaler_is.to_width == width && scaler_is.to_rows == to_rows && scaler_is.to_format == to_format && scaler_is.colours == colours &&
      scaler_is.smooth == smooth)
    return 0;
  sws_freeContext(scaler);
  scaler = sws_getContext(frame->width, rows, smooth ? full_format : frame->format, width, to_rows, to_format,
                          shrinks ? SWS_AREA : SWS_BICUBIC, NULL, NULL, NULL);
  if (!scaler) return AVERROR(ENOMEM);
  av_freep(&chroma);
  if (smooth && !(chroma = av_malloc(2 * STRIP_ROWS * chroma_stride()))) {
    sws_freeContext(scaler);
    scaler = 0;
    return AVERROR(ENOMEM);
  }
  if (tagged) {
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    int full = frame->color_range == AVCOL_RANGE_JPEG || strncmp(format->name, "yuvj", 4) == 0;
    int matrix = frame->colorspace == AVCOL_SPC_UNSPECIFIED && frame->height >= 720 ? AVCOL_SPC_BT709 : frame->colorspace;
    sws_setColorspaceDetails(scaler, sws_getCoefficients(matrix), full, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16,
                             1 << 16);
  }
  rgb_filtered(scaler);
  scaler_is.width = frame->width, scaler_is.rows = rows, scaler_is.format = frame->format;
  scaler_is.to_width = width, scaler_is.to_rows = to_rows, scaler_is.to_format = to_format, scaler_is.colours = colours;
  scaler_is.smooth = smooth;
  return 0;
}

// Converts the rows from `from` to `from + rows` of the picture; calls must go from the first to the last. `to` is where the first row of
// the whole result would be. Returns how many rows of the result were written, right after those of earlier calls; up to nine more rows
// behind the last one may be overwritten.
EXPORT(convert_rows) int convert_rows(uint8_t *to, int stride, int from, int rows) {
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
  const uint8_t *planes[4];
  int is_own_size = scaler_is.rows == scaler_is.to_rows, visible = is_own_size ? frame->height : scaler_is.to_rows;
  int strides_from[4];
  memcpy(strides_from, frame->linesize, sizeof strides_from);
  if (from == 0) converted = 0;
  for (int i = 0; i < 4; i++) {
    int y = i == 1 || i == 2 ? from >> format->log2_chroma_h : from;
    planes[i] = frame->data[i] ? frame->data[i] + (ptrdiff_t)y * frame->linesize[i] : NULL;
  }
  for (int i = 1; scaler_is.smooth && i < 3; i++) {
    uint8_t *full = chroma + (i - 1) * STRIP_ROWS * chroma_stride();
    chroma_rows(frame->data[i], frame->linesize[i], AV_CEIL_RSHIFT(frame->height, format->log2_chroma_h), format->log2_chroma_h,
                format->comp[0].depth > 8, frame->width, from, FFMIN(rows, STRIP_ROWS), full, chroma_stride());
    planes[i] = full, strides_from[i] = chroma_stride();
  }
  if (rgb_is_direct(scaler)) {
    rgb_rows(scaler, planes, frame->linesize, to + (ptrdiff_t)from * stride, stride, rows);
    return rows;
  }
  uint8_t *target[4] = {to};
  int strides[4] = {stride};
  if (from + rows == frame->height) rows = scaler_is.rows - from;
  int got = sws_scale(scaler, planes, strides_from, from, rows, target, strides);
  if (got < 0) return got;
  got = FFMIN(got, visible - converted);
  converted += got;
  return got;
}
