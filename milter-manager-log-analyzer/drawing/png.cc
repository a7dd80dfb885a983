// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/png.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>

namespace milter_manager::log_analyzer {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kKeyword = "Software-Note";
constexpr std::size_t kLongestNote = 200;
constexpr std::size_t kHeadSize = 512;       // the note is in it
constexpr std::uint32_t kDotsAMetre = 7559;  // 192 an inch
// Level 6 is a third smaller than level 1, and fast on plain grounds.
constexpr int kCompression = 6;

void add_number(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

std::uint32_t number_at(std::string_view text, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i) number = number << 8 | static_cast<unsigned char>(text[i]);
  return number;
}

void add_chunk(std::string& out, std::string_view type, std::string_view contents) {
  add_number(out, static_cast<std::uint32_t>(contents.size()));
  const std::size_t begin = out.size();
  out += type;
  out += contents;
  const auto* checked = reinterpret_cast<const Bytef*>(out.data() + begin);
  add_number(out, static_cast<std::uint32_t>(crc32(0, checked, static_cast<uInt>(out.size() - begin))));
}

std::string header(const Canvas& canvas) {
  std::string out;
  add_number(out, static_cast<std::uint32_t>(canvas.width()));
  add_number(out, static_cast<std::uint32_t>(canvas.height()));
  for (int byte : {8 /* bits a dot */, 3 /* palette */, 0, 0, 0}) out += static_cast<char>(byte);
  return out;
}

std::string packed_dots(const Canvas& canvas) {
  const auto width = static_cast<std::size_t>(canvas.width());
  const auto height = static_cast<std::size_t>(canvas.height());
  std::string lines;
  lines.reserve((width + 1) * height);
  for (std::size_t line = 0; line < height; ++line) {
    lines += '\0';  // no filter: they are for photographs
    lines.append(reinterpret_cast<const char*>(canvas.dots().data() + line * width), width);
  }
  uLongf size = compressBound(lines.size());
  std::string out(size, '\0');
  // Without an error: there is room for the worst case.
  compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(lines.data()),
            lines.size(), kCompression);
  out.resize(size);
  return out;
}

}  // namespace

std::string encode_png(const Canvas& canvas, std::string_view note) {
  std::string out(kSignature);
  add_chunk(out, "IHDR", header(canvas));
  std::string text(kKeyword);
  text += '\0';
  text += note.substr(0, kLongestNote);
  add_chunk(out, "tEXt", text);
  std::string size;
  add_number(size, kDotsAMetre);
  add_number(size, kDotsAMetre);
  add_chunk(out, "pHYs", size + '\1');
  std::string palette;
  for (const std::uint32_t colour : canvas.palette()) {
    for (int shift = 16; shift >= 0; shift -= 8) palette += static_cast<char>(colour >> shift & 0xff);
  }
  add_chunk(out, "PLTE", palette);
  add_chunk(out, "IDAT", packed_dots(canvas));
  add_chunk(out, "IEND", {});
  return out;
}

std::string png_note(const std::string& path) {
  // Whatever has the name: nothing that is read here waits.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return {};
  char buffer[kHeadSize];
  const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
  ::close(descriptor);
  const std::string_view head(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  constexpr std::size_t kChunkHead = 8;
  constexpr std::size_t kHeaderChunk = 13 + 12;
  const std::size_t at = kSignature.size() + kHeaderChunk;
  if (!head.starts_with(kSignature) || head.size() < at + kChunkHead) return {};
  const std::size_t size = number_at(head, at);
  const std::string_view rest = head.substr(at + 4);
  if (!rest.starts_with("tEXt") || size > kHeadSize || rest.size() < 4 + size) return {};
  const std::string_view text = rest.substr(4, size);
  if (!text.starts_with(kKeyword) || text.size() <= kKeyword.size() || text[kKeyword.size()] != '\0')
    return {};
  return std::string(text.substr(kKeyword.size() + 1));
}

}  // namespace milter_manager::log_analyzer
