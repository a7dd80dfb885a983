// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/cbor.h"

namespace milter_manager::supervision {
namespace {

using nlohmann::json;

// Looks at a value piece by piece and ends the reading where it is too deep.
class DepthCheck final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return ++depth_ <= kMostLevels; }
  bool end_object() override { return depth_-- > 0; }
  bool start_array(std::size_t) override { return ++depth_ <= kMostLevels; }
  bool end_array() override { return depth_-- > 0; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

 private:
  static constexpr int kMostLevels = 16;
  int depth_ = 0;
};

}  // namespace

std::string to_cbor(const json& value) {
  std::string bytes;
  json::to_cbor(value, bytes);
  return bytes;
}

bool is_shallow_cbor(std::string_view bytes) {
  DepthCheck check;
  return json::sax_parse(bytes, &check, json::input_format_t::cbor);
}

}  // namespace milter_manager::supervision
