// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ruby/conversion.h"

#include <ruby/encoding.h>

#include <variant>

namespace milter_manager::ruby {
namespace {

config::Scalar to_scalar(VALUE value) noexcept {
  if (value == Qtrue) return true;
  if (value == Qfalse) return false;
  if (FIXNUM_P(value)) return std::int64_t{FIX2LONG(value)};
  if (RB_FLOAT_TYPE_P(value)) return RFLOAT_VALUE(value);
  // Too big for any setting; as a float it is refused with a message that shows it.
  if (RB_TYPE_P(value, T_BIGNUM)) return rb_big2dbl(value);
  if (RB_TYPE_P(value, T_STRING)) return to_text(value);
  return std::monostate{};
}

int add_pair(VALUE key, VALUE value, VALUE table) {
  reinterpret_cast<config::Table*>(table)->emplace_back(to_text(key), to_scalar(value));
  return ST_CONTINUE;
}

struct Maker {
  VALUE operator()(std::monostate) const { return Qnil; }
  VALUE operator()(bool value) const { return value ? Qtrue : Qfalse; }
  VALUE operator()(std::int64_t value) const { return LL2NUM(value); }
  VALUE operator()(double value) const { return DBL2NUM(value); }
  VALUE operator()(const std::string& value) const { return to_ruby(value); }
  VALUE operator()(const config::List& value) const {
    const VALUE list = rb_ary_new();
    for (const std::string& one : value) rb_ary_push(list, to_ruby(one));
    return rb_obj_freeze(list);
  }
  VALUE operator()(const config::Table& value) const {
    const VALUE table = rb_hash_new();
    for (const auto& one : value) rb_hash_aset(table, to_ruby(one.first), std::visit(Maker{}, one.second));
    return table;
  }
};

}  // namespace

config::Value to_value(VALUE value) noexcept {
  if (RB_TYPE_P(value, T_ARRAY)) {
    config::List list;
    for (long i = 0; i < RARRAY_LEN(value); ++i) list.push_back(to_text(rb_ary_entry(value, i)));
    return list;
  }
  if (RB_TYPE_P(value, T_HASH)) {
    config::Table table;
    rb_hash_foreach(value, add_pair, reinterpret_cast<VALUE>(&table));
    return table;
  }
  return std::visit([](auto scalar) { return config::Value(std::move(scalar)); }, to_scalar(value));
}

std::string to_text(VALUE value) noexcept {
  if (!RB_TYPE_P(value, T_STRING)) return {};
  return std::string(RSTRING_PTR(value), static_cast<std::size_t>(RSTRING_LEN(value)));
}

VALUE to_ruby(const config::Value& value) { return std::visit(Maker{}, value); }

VALUE to_ruby(const std::string& text) {
  const VALUE string = rb_utf8_str_new(text.data(), static_cast<long>(text.size()));
  if (rb_enc_str_coderange(string) == ENC_CODERANGE_BROKEN) rb_enc_associate(string, rb_ascii8bit_encoding());
  return string;
}

}  // namespace milter_manager::ruby
