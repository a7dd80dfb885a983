// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/platform.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace milter_manager::config {
namespace {

// The first 64 KiB of a file; "" if it can't be read.
std::string beginning_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return {};
  std::string text(65536, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// NAME=value or NAME="value" of os-release(5).
std::string release_variable(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.substr(0, name.size()) != name || line.size() <= name.size() || line[name.size()] != '=')
      continue;
    line.remove_prefix(name.size() + 1);
    if (line.size() >= 2 && (line.front() == '"' || line.front() == '\'') && line.back() == line.front()) {
      line = line.substr(1, line.size() - 2);
    }
    return std::string(line);
  }
  return {};
}

bool names(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

[[maybe_unused]] std::optional<std::string> detect_linux(const std::string& root) {
  std::string release = beginning_of(root + "/etc/os-release");
  if (release.empty()) release = beginning_of(root + "/usr/lib/os-release");
  const std::string like = release_variable(release, "ID") + " " + release_variable(release, "ID_LIKE");
  if (names(like, "debian") || names(like, "ubuntu") || exists(root + "/etc/debian_version")) return "debian";
  if (names(like, "rhel") || names(like, "fedora") || names(like, "centos") ||
      exists(root + "/etc/redhat-release")) {
    const std::string version = release_variable(release, "VERSION_ID");
    const auto digits =
        std::find_if(version.begin(), version.end(), [](char c) { return c < '0' || c > '9'; });
    return "redhat" + std::string(version.begin(), digits);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> detect_platform([[maybe_unused]] const std::string& root) {
#if defined(__FreeBSD__)
  return "freebsd";
#elif defined(__NetBSD__) || defined(__DragonFly__)
  return "pkgsrc";
#elif defined(__sun)
  return "solaris";
#elif defined(__linux__)
  return detect_linux(root);
#else
  return std::nullopt;
#endif
}

std::string default_connection_spec(std::string_view platform) {
  if (platform == "debian") return "unix:/run/milter-manager/milter-manager.sock";
  for (const std::string_view prepared : {"redhat", "freebsd", "pkgsrc"}) {
    if (platform == prepared) return "unix:/var/run/milter-manager/milter-manager.sock";
  }
  return "inet:10025@[127.0.0.1]";
}

}  // namespace milter_manager::config
