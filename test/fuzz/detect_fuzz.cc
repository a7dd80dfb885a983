// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as the files of a host: what is found may be put into a configuration, and every warning names a file.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>

#include "core/detect/detect.h"
#include "core/net/connection_spec.h"

namespace {

using namespace milter_manager;

struct Tree {
  Tree() {
    root = (std::filesystem::temp_directory_path() / "detect-fuzz-XXXXXX").string();
    if (!::mkdtemp(root.data())) std::abort();
  }
  ~Tree() {
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }
  void write(const std::string& path, std::string_view text) const {
    const std::string place = root + path;
    std::filesystem::create_directories(std::filesystem::path(place).parent_path());
    const int file = ::open(place.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      std::abort();
    ::close(file);
  }

  std::string root;
};

struct Service {
  const char* platform;
  const char* name;
  const char* script;    // gets the first half of the input
  const char* settings;  // gets the other
};

constexpr Service kServices[] = {
    {"debian", "spamass-milter", "/etc/init.d/spamass-milter", "/etc/default/spamass-milter"},
    {"debian", "rspamd", "/lib/systemd/system/rspamd.service", "/etc/rspamd/rspamd.conf"},
    {"debian", "milter-greylist", "/lib/systemd/system/milter-greylist.service",
     "/etc/milter-greylist/greylist.conf"},
    {"redhat9", "clamav-milter", "/etc/event.d/clamav-milter", "/etc/mail/clamav-milter.conf"},
    {"redhat5", "enma", "/etc/init.d/enma", "/etc/enma.conf"},
    {"freebsd", "milter-opendkim", "/usr/local/etc/rc.d/milter-opendkim", "/etc/rc.conf"},
    {"redhat10", "opendmarc", "/usr/lib/systemd/system/opendmarc.service",
     "/etc/systemd/system/opendmarc.service.d/own.conf"},
    {"freebsd", "spamass-milter", "/usr/local/etc/rc.d/spamass-milter", "/etc/rc.conf.d/spamass_milter"},
};

void check(const Tree& tree, const detect::Detection& detection) {
  for (const auto& milter : detection.milters) {
    if (milter.connection_spec && !net::parse_connection_spec(*milter.connection_spec)) std::abort();
    if (milter.enabled && !milter.connection_spec) std::abort();
    if (milter.tarpit < 0 || milter.tarpit > 86400 || milter.name.find('/') != std::string::npos)
      std::abort();
    if (milter.description && milter.description->find('\n') != std::string::npos) std::abort();
  }
  for (const auto& problem : detection.problems) {
    if (problem.severity != config::Problem::Severity::warning) std::abort();
    if (config::format(problem).rfind(tree.root + "/", 0) != 0) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Tree tree;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const Service& service = kServices[bytes[0] % std::size(kServices)];
  const std::size_t half = std::min(text.find("\n=====\n"), text.size());
  tree.write(service.script, text.substr(0, half));
  tree.write(service.settings, text.substr(std::min(half + 7, text.size())));
  check(tree, detect::detect_milter({service.platform, {}, tree.root}, service.name));
  return 0;
}
