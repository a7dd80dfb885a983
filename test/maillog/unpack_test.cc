// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/unpack.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>

#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzip = 16;
  REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string xz(const std::string& text) {
  std::string out(::lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  REQUIRE(::lzma_easy_buffer_encode(
              1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
              reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()) == LZMA_OK);
  out.resize(size);
  return out;
}

struct Packer {
  const char* name;
  std::string (*pack)(const std::string&);
  Compression compression;
};
constexpr Packer kPackers[] = {
    {"gzip", gzip, Compression::gzip}, {"zstd", zstd, Compression::zstd}, {"xz", xz, Compression::xz}};

struct Unpacked {
  std::string text;
  std::string error;
};

Unpacked unpack_all(Compression compression, const std::string& packed, std::size_t piece = 1 << 20,
                    std::size_t size = 4096) {
  Unpacked unpacked;
  auto source = unpack(compression, std::make_unique<MemorySource>(packed, piece), "mail.log.1");
  REQUIRE(source);
  std::string part(size, '\0');
  for (;;) {
    const auto count = (*source)->read(part.data(), part.size());
    if (!count) {
      unpacked.error = count.error().message;
      return unpacked;
    }
    if (*count == 0) return unpacked;
    unpacked.text.append(part, 0, *count);
  }
}

std::string some_log() {
  std::string log;
  for (int i = 0; i < 20000; ++i)
    log += "Sep 14 00:13:24 mail line[" + std::to_string(i * 7919 % 65537) + "]\n";
  return log;
}

TEST_CASE("a compressed log is unpacked, however it comes in pieces") {
  const std::string log = some_log();
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    const std::string packed = packer.pack(log);
    CHECK(compression_of(packed.substr(0, kMagicBytes)) == packer.compression);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, packed.size()}) {
      const Unpacked unpacked = unpack_all(packer.compression, packed, piece);
      CHECK(unpacked.error.empty());
      CHECK(unpacked.text == log);
    }
    CHECK(unpack_all(packer.compression, packed, packed.size(), 1).text == log);
  }
}

TEST_CASE("compressed pieces one behind the other are one log") {
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    const std::string packed = packer.pack("one\n") + packer.pack("") + packer.pack("two\n");
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
      const Unpacked unpacked = unpack_all(packer.compression, packed, piece);
      CHECK(unpacked.error.empty());
      CHECK(unpacked.text == "one\ntwo\n");
    }
  }
}

TEST_CASE("zeros that fill up a gzip file are no data") {
  const Unpacked unpacked = unpack_all(Compression::gzip, gzip("one\n") + std::string(100000, '\0'));
  CHECK(unpacked.text == "one\n");
  CHECK(unpacked.error.empty());
}

TEST_CASE("a compressed log that ends too early is read as far as it goes, and it is told") {
  const std::string log = some_log();
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    const std::string packed = packer.pack(log);
    for (const std::size_t missing : {std::size_t{1}, packed.size() / 2, packed.size() - kMagicBytes}) {
      CAPTURE(missing);
      const Unpacked unpacked = unpack_all(packer.compression, packed.substr(0, packed.size() - missing));
      CHECK(unpacked.error == "mail.log.1: its compressed data end too early");
      CHECK(log.starts_with(unpacked.text));
    }
    CHECK(unpack_all(packer.compression, packed.substr(0, packed.size() / 2)).text.size() > log.size() / 10);
  }
}

TEST_CASE("damaged compressed data are told") {
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    std::string packed = packer.pack(some_log());
    for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 20; ++i) packed[i] = '\x55';
    CHECK(unpack_all(packer.compression, packed).error == "mail.log.1: its compressed data are damaged");
  }
}

TEST_CASE("what follows compressed data and is none is told") {
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    const Unpacked unpacked = unpack_all(packer.compression, packer.pack("one\n") + "Sep 14 00:13:24 mail");
    CHECK(unpacked.text == "one\n");
    CHECK_FALSE(unpacked.error.empty());
  }
}

TEST_CASE("a reading error behind an unpacker is passed on") {
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    const std::string packed = packer.pack(some_log());
    auto source =
        unpack(packer.compression,
               std::make_unique<MemorySource>(packed.substr(0, 100), 1000, "the disk is gone"), "x");
    REQUIRE(source);
    std::string part(1 << 16, '\0');
    Result<std::size_t> count = 1;
    while (count && *count > 0) count = (*source)->read(part.data(), part.size());
    REQUIRE_FALSE(count);
    CHECK(count.error().message == "the disk is gone");
  }
}

TEST_CASE("a few bytes that unpack to very many are delivered piece by piece") {
  constexpr std::size_t kSize = 64 << 20;
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    const std::string packed = packer.pack(std::string(kSize, 'x'));
    auto source = unpack(packer.compression, std::make_unique<MemorySource>(packed), "x");
    REQUIRE(source);
    std::string part(1 << 16, '\0');
    std::size_t total = 0;
    for (;;) {
      const auto count = (*source)->read(part.data(), part.size());
      REQUIRE(count);
      if (*count == 0) break;
      REQUIRE(*count <= part.size());
      total += *count;
    }
    CHECK(total == kSize);
  }
}

TEST_CASE("a packed file that wants too much memory is refused") {
  // A frame of zstd whose window is 2 GiB: magic, descriptor, window (RFC 8878, 3.1.1).
  const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
  CHECK(unpack_all(Compression::zstd, frame).error ==
        "mail.log.1: needs too much memory to unpack: pack it with a smaller window");
}

TEST_CASE("plain text and short files are not taken for compressed") {
  for (const char* text : {"", "\x1f", "(", "Sep 14 00:13:24", "{\"a\"",
                           "\xfd"
                           "7zXZ"}) {
    CHECK(compression_of(text) == Compression::none);
  }
}

}  // namespace
}  // namespace milter_manager::maillog
