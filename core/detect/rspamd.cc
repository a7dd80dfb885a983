// SPDX-License-Identifier: GPL-3.0-or-later
// rspamd's files, as far as its proxy's socket goes: what override.d says wins over local.d, that over the folder itself.
#include <fmt/format.h>

#include <algorithm>

#include "core/detect/milter_files.h"
#include "core/detect/shell_text.h"

namespace milter_manager::detect {
namespace {

struct Proxy {
  std::optional<Setting> socket;
  std::optional<bool> milter;
  bool enabled = true;  // "enabled = false;" and "count = -1;" keep a worker from running
};

bool listens(const Proxy& proxy) { return proxy.socket && proxy.milter.value_or(false) && proxy.enabled; }

// Words, quoted texts and the signs { } [ ] = : ; , of UCL, with their lines.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  // "": the end. A quoted text begins with ".
  std::string next() {
    skip();
    line = line_;
    if (at_ == text_.size()) return {};
    const std::size_t begin = at_++;
    const char c = text_[begin];
    if (c == '"' || c == '\'') {
      while (at_ < text_.size() && text_[at_] != c) {
        if (text_[at_] == '\n') ++line_;
        at_ += text_[at_] == '\\' ? 2 : 1;
      }
      at_ = std::min(at_, text_.size());
      std::string word(text_.substr(begin + 1, at_ - begin - 1));
      at_ = std::min(at_ + 1, text_.size());
      return '"' + word;
    }
    constexpr std::string_view kSigns = "{}[]=;,";
    if (kSigns.find(c) != std::string_view::npos) return std::string(1, c);
    while (at_ < text_.size() && !is_space(text_[at_]) && kSigns.find(text_[at_]) == std::string_view::npos)
      ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  int line = 1;  // of what next() gave last

 private:
  void skip() {
    for (; at_ < text_.size(); ++at_) {
      if (text_.substr(at_, 2) == "/*") {
        const std::size_t end = std::min(text_.find("*/", at_ + 2), text_.size());
        line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                             text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        at_ = std::min(end + 1, text_.size() - 1);
      } else if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        if (at_ == text_.size()) return;
        ++line_;
      } else if (text_[at_] == '\n') {
        ++line_;
      } else if (!is_space(text_[at_])) {
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

std::string bare(const std::string& token) {
  return !token.empty() && token.front() == '"' ? token.substr(1) : token;
}

// What stands at `depth` sections below, within a worker "rspamd_proxy" where that is more than 0.
void read_proxy(Files& files, const std::string& path, int depth, Proxy& proxy) {
  const auto text = files.read(path);
  if (!text) return;
  Tokens tokens(*text);
  int open = 0;
  bool wanted = depth == 0;
  std::string before;
  std::string key;
  for (std::string token = tokens.next(); !token.empty(); token = tokens.next()) {
    if (token == "{") {
      ++open;
      if (open == depth) {
        wanted = bare(before) == "rspamd_proxy";
        // Of several workers the first that will do.
        if (wanted && listens(proxy)) return;
        if (wanted) proxy = {};
      }
    } else if (token == "}") {
      open = std::max(open - 1, 0);
    } else if (token == "=") {
      key = bare(before);
    }
    std::string name = before;
    if (!name.empty() && name.back() == ':') name.pop_back();
    const bool has_colon = name != before;
    before = token;
    if (token == "[" || token.size() == 1) continue;
    if (has_colon) key = bare(name);
    if (key.empty() || open != depth || !wanted) continue;
    if (key == "bind_socket") proxy.socket = Setting{bare(token), path, tokens.line};
    const bool yes = token == "yes" || token == "true" || token == "on";
    if (key == "milter") proxy.milter = yes;
    if (key == "enabled") proxy.enabled = yes;
    if (key == "count" && token.front() == '-') proxy.enabled = false;
    key.clear();
  }
}

// The variables that rspamd itself has, in a path.
std::string with_folders(std::string text, const std::string& folder) {
  const bool is_linux = folder == "/etc/rspamd";
  const std::pair<std::string_view, std::string> variables[] = {
      {"RUNDIR", is_linux ? "/run/rspamd" : "/var/run/rspamd"},
      {"DBDIR", is_linux ? "/var/lib/rspamd" : "/var/db/rspamd"},
      {"CONFDIR", folder}};
  for (const auto& [name, value] : variables) {
    for (const std::string& written : {fmt::format("${}/", name), fmt::format("${{{}}}/", name)}) {
      if (text.rfind(written, 0) == 0) return value + text.substr(written.size() - 1);
    }
  }
  return text;
}

std::optional<std::string> spec_of(std::string_view socket) {
  if (!socket.empty() && socket.front() == '/')
    return fmt::format("unix:{}", socket.substr(0, socket.find_first_of(" ,")));
  const std::size_t colon = socket.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = socket.substr(0, colon);
  const std::string_view port = socket.substr(colon + 1);
  if (host == "systemd" || host.empty() || port.empty()) return std::nullopt;
  const char* const family = host.front() == '[' || host == "*v6" ? "inet6" : "inet";
  const bool everywhere = host == "*" || host == "*v4" || host == "*v6";
  return fmt::format("{}:{}@{}", family, port, everywhere ? "localhost" : host);
}

}  // namespace

std::optional<Setting> rspamd_socket(Files& files, const std::string& folder) {
  // These are read one into the other. rspamd.conf.local has workers of its own, which come before; where rspamd.conf.override has any,
  // there are no others.
  Proxy main;
  read_proxy(files, folder + "/rspamd.conf", 1, main);
  for (const char* file : {"/worker-proxy.inc", "/local.d/worker-proxy.inc", "/override.d/worker-proxy.inc"})
    read_proxy(files, folder + file, 0, main);
  Proxy local;
  read_proxy(files, folder + "/rspamd.conf.local", 1, local);
  Proxy only;
  read_proxy(files, folder + "/rspamd.conf.override", 1, only);
  const Proxy& proxy = only.socket || only.milter ? only : listens(local) ? local : main;
  if (!listens(proxy)) return std::nullopt;
  const auto spec = spec_of(with_folders(proxy.socket->text, folder));
  if (!spec) {
    files.warn(proxy.socket->file, proxy.socket->line,
               fmt::format("bind_socket can't be used: <{}>", proxy.socket->text));
    return std::nullopt;
  }
  return Setting{*spec, proxy.socket->file, proxy.socket->line};
}

}  // namespace milter_manager::detect
