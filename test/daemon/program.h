// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "test/read_file.h"

struct Ended {
  int status = -1;  // as a shell shows it: 128 and the signal's number for one that a signal ended
  std::string out;
  std::string err;
};

// milter-manager as a child process of the test, ended with the object.
class Program {
 public:
  // Its environment is the test's, with `environment` ("NAME=value") added.
  explicit Program(const std::vector<std::string>& arguments,
                   const std::vector<std::string>& environment = {},
                   const std::string& executable = MILTER_MANAGER);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // What it has written so far.
  std::string out() const;
  std::string err() const;
  bool has_ended() const;
  // Waits for its end.
  Ended wait();

 private:
  pid_t pid_ = -1;
  std::string folder_;
};

// Runs it to its end.
Ended run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});

// A fresh folder, gone with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  void write(std::string_view name, std::string_view text) const;
  // The text with the folder's path replaced by CONFIG.
  std::string without_path(std::string text) const;

 private:
  std::string path_;
};

// Waits until `holds`, for as long as any sane machine may take; false if it never did.
template <typename Condition>
bool eventually(Condition holds);

// Compares with golden/NAME. MILTER_MANAGER_ACCEPT_GOLDEN=1 in the environment takes what there is now.
void check_golden(const std::string& name, const std::string& text);

void sleep_a_little();

template <typename Condition>
bool eventually(Condition holds) {
  for (int i = 0; i < 6000; ++i) {
    if (holds()) return true;
    sleep_a_little();
  }
  return false;
}
