// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/detect/detect.h"

// The file tree of a host, gone with the object.
class HostTree {
 public:
  HostTree();
  ~HostTree();
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;

  const std::string& root() const { return root_; }
  std::string place(std::string_view path) const { return root_ + std::string(path); }
  void write(std::string_view path, std::string_view text) const;  // makes the folders above it
  void program(std::string_view path) const;                       // something that may be executed
  void link(std::string_view path, std::string_view target) const;
  void remove(std::string_view path) const;

  milter_manager::detect::Detection detect(const std::string& platform, const std::string& name,
                                           const std::map<std::string, std::string>& options = {}) const;
  // The only one that is found.
  milter_manager::detect::Milter milter(const std::string& platform, const std::string& name) const;
  // "opendkim unix:/run/opendkim/opendkim.sock [/etc/init.d/opendkim start]", with "disabled" before the bracket where it is so;
  // "\n" and a warning with the root taken out for each of them.
  std::string shown(const std::string& platform, const std::string& name,
                    const std::map<std::string, std::string>& options = {}) const;

 private:
  std::string root_;
};
