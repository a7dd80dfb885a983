// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/configuration_xml.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace milter_manager::control {
namespace {

class Writer {
 public:
  void open(std::string_view name) {
    line(fmt::format("<{}>", name));
    ++depth_;
  }
  void close(std::string_view name) {
    --depth_;
    line(fmt::format("</{}>", name));
  }
  void element(std::string_view name, std::string_view text) {
    line(fmt::format("<{0}>{1}</{0}>", name, xml_text(text)));
  }
  void element(std::string_view name, const std::optional<std::string>& text) {
    if (text) element(name, std::string_view(*text));
  }
  void element(std::string_view name, bool value) {
    element(name, std::string_view(value ? "true" : "false"));
  }
  std::string take() { return std::move(text_); }

 private:
  void line(std::string_view text) { text_.append(2 * depth_, ' ').append(text).append("\n"); }

  std::string text_;
  std::size_t depth_ = 0;
};

void write(const config::Milter& milter, Writer& xml) {
  xml.open("milter");
  xml.element("name", std::string_view(milter.name));
  xml.element("description", milter.description);
  xml.element("enabled", milter.enabled);
  xml.element("fallback-status", config::fallback_status_name(milter.fallback_status));
  xml.element("evaluation-mode", milter.evaluation_mode);
  xml.element("connection-spec", milter.connection_spec);
  xml.element("command", milter.command);
  xml.element("command-options", milter.command_options);
  if (!milter.applicable_conditions.empty()) {
    xml.open("applicable-conditions");
    for (const auto& name : milter.applicable_conditions)
      xml.element("applicable-condition", std::string_view(name));
    xml.close("applicable-conditions");
  }
  xml.close("milter");
}

}  // namespace

std::string configuration_xml(const config::Configuration& configuration,
                              std::optional<std::int64_t> last_modified) {
  Writer xml;
  xml.open("configuration");
  if (last_modified) xml.element("last-modified", std::string_view(fmt::format("{}", *last_modified)));
  if (!configuration.conditions.empty()) {
    xml.open("applicable-conditions");
    for (const auto& condition : configuration.conditions) {
      xml.open("applicable-condition");
      xml.element("name", std::string_view(condition.name));
      xml.element("description", condition.description);
      xml.close("applicable-condition");
    }
    xml.close("applicable-conditions");
  }
  if (!configuration.milters.empty()) {
    xml.open("milters");
    for (const auto& milter : configuration.milters) write(milter, xml);
    xml.close("milters");
  }
  xml.close("configuration");
  return xml.take();
}

std::string xml_text(std::string_view text) {
  using Json = nlohmann::json;
  const auto utf8 =
      Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
  std::string out;
  for (const char byte : utf8) {
    switch (byte) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t') {
          out += "\xef\xbf\xbd";
        } else {
          out += byte;
        }
    }
  }
  return out;
}

}  // namespace milter_manager::control
