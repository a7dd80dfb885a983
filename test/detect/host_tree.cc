// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/detect/host_tree.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace fs = std::filesystem;
using namespace milter_manager;

HostTree::HostTree() {
  root_ = (fs::temp_directory_path() / "host-tree-XXXXXX").string();
  if (!::mkdtemp(root_.data())) throw std::runtime_error("can't make a folder: " + root_);
}

HostTree::~HostTree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void HostTree::write(std::string_view path, std::string_view text) const {
  fs::create_directories(fs::path(place(path)).parent_path());
  std::FILE* out = std::fopen(place(path).c_str(), "w");
  if (!out) throw std::runtime_error("can't write " + place(path));
  std::fwrite(text.data(), 1, text.size(), out);
  std::fclose(out);
}

void HostTree::program(std::string_view path) const {
  write(path, "#!/bin/sh\nexit 1\n");
  fs::permissions(place(path), fs::perms::owner_all);
}

void HostTree::link(std::string_view path, std::string_view target) const {
  fs::create_directories(fs::path(place(path)).parent_path());
  fs::create_symlink(target, place(path));
}

void HostTree::remove(std::string_view path) const { fs::remove(place(path)); }

detect::Detection HostTree::detect(const std::string& platform, const std::string& name,
                                   const std::map<std::string, std::string>& options) const {
  return detect::detect_milter({platform, options, root_}, name);
}

detect::Milter HostTree::milter(const std::string& platform, const std::string& name) const {
  const auto detection = detect(platform, name);
  if (detection.milters.size() != 1)
    throw std::runtime_error(fmt::format("{} {} are found", detection.milters.size(), name));
  return detection.milters.front();
}

std::string HostTree::shown(const std::string& platform, const std::string& name,
                            const std::map<std::string, std::string>& options) const {
  const auto detection = detect(platform, name, options);
  std::string text;
  for (const auto& milter : detection.milters) {
    text += fmt::format("{}{} {}{} [{} {}]", text.empty() ? "" : "\n", milter.name,
                        milter.connection_spec.value_or("-"), milter.enabled ? "" : " disabled",
                        milter.command, milter.command_options);
  }
  for (const auto& problem : detection.problems) {
    std::string line = format(problem);
    for (auto at = line.find(root_); at != std::string::npos; at = line.find(root_))
      line.erase(at, root_.size());
    text += "\n" + line;
  }
  return text;
}
