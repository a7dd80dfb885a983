// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/png.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>

#include "milter-manager-log-analyzer/drawing/typesetter.h"
#include "test/log_analyzer/drawing/drawn_picture.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

Canvas checkered() {
  Canvas canvas(64, 48, 0xffffff);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      if ((x + y) % 3 == 0) canvas.fill(x, y, 1, 1, static_cast<std::uint32_t>(0x102030 * (x % 7 + 1)));
    }
  }
  return canvas;
}

}  // namespace

TEST_CASE("another library reads the dots that were drawn") {
  const Canvas canvas = checkered();
  const DrawnPicture picture(encode_png(canvas, "a note"));
  REQUIRE(picture.width() == 64);
  REQUIRE(picture.height() == 48);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      const std::size_t place = canvas.dots()[static_cast<std::size_t>(y * 64 + x)];
      CHECK(picture.at(x, y) == canvas.palette()[place]);
    }
  }
}

TEST_CASE("what is outside a canvas is not drawn, and colours beyond the last are the ground's") {
  Canvas canvas(4, 4, 0x123456);
  canvas.fill(-10, -10, 12, 12, 0xff0000);
  canvas.fill(3, 3, 100, 100, 0x00ff00);
  canvas.fill(2, 2, -5, 3, 0x0000ff);
  const DrawnPicture picture(encode_png(canvas, ""));
  CHECK(picture.count(0xff0000) == 4);
  CHECK(picture.count(0x00ff00) == 1);
  CHECK(picture.count(0x123456) == 11);
  for (std::uint32_t colour = 1; colour < 1000; ++colour) canvas.fill(0, 0, 1, 1, colour);
  CHECK(canvas.palette().size() == 256);
  CHECK(DrawnPicture(encode_png(canvas, "")).at(0, 0) == 0x123456);
}

TEST_CASE("a picture's note is read from its head, and from nothing else") {
  const ScratchDirectory directory;
  const std::string path = directory / "x.png";
  CHECK(png_note(path).empty());
  const std::string png = encode_png(checkered(), "0123456789abcdef");
  write_file(path, png);
  CHECK(png_note(path) == "0123456789abcdef");
  for (std::size_t size = 0; size < 80; size += 3) {
    write_file(path, png.substr(0, size));
    const std::string note = png_note(path);
    CHECK((note.empty() || note == "0123456789abcdef"));
  }
  // No byte of the head does harm.
  for (std::size_t at = 0; at < 60; ++at) {
    for (const int value : {0, 1, 0x7f, 0xff}) {
      std::string damaged = png;
      damaged[at] = static_cast<char>(value);
      write_file(path, damaged);
      CHECK(png_note(path).size() <= 512);
    }
  }
  CHECK(png_note(directory.path()).empty());
  REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
  CHECK(png_note(directory / "fifo").empty());
}

TEST_CASE("texts keep to the width they are given, and to one line") {
  Typesetter typesetter;
  const Type type{20};
  const int height = typesetter.set("x", type).height;
  for (const char* text : {"",
                           "a\nb\xe2\x80\xa8"
                           "c",
                           "\xff\xff", "ミルター",
                           "\xe2\x80\xae"
                           "abc",
                           "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81"}) {
    CAPTURE(text);
    CHECK(typesetter.set(text, type).height == height);
  }
  CHECK(typesetter.set(std::string(5000, 'W'), type, 300).width <= 300);
  CHECK(typesetter.set(std::string(5000, 'W'), type).width <= 4096);
  CHECK(typesetter.set("Wide", type).width < typesetter.set("Wide", {20, Weight::bold}).width);
  CHECK(typesetter.set("", type).width == 0);
}

}  // namespace milter_manager::log_analyzer
