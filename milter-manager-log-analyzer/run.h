// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "milter-manager-log-analyzer/options.h"

namespace milter_manager::log_analyzer {

// Seconds: on the wall, and of this process's CPU time.
struct Spent {
  double wall = 0;
  double cpu = 0;
  Spent operator+(Spent other) const { return {wall + other.wall, cpu + other.cpu}; }
  Spent operator-(Spent other) const { return {wall - other.wall, cpu - other.cpu}; }
};

struct Phase {
  std::string name;
  Spent spent;
};

// What was spent since it was made.
class Stopwatch {
 public:
  Stopwatch() : begin_(now()) {}
  Spent elapsed() const { return now() - begin_; }

 private:
  static Spent now();
  Spent begin_;
};

struct Outcome {
  std::vector<std::string> notes;     // what is worth knowing and no failure
  std::vector<std::string> failures;  // work that was not done; none: all went well
  std::string output;                 // for standard output
  std::vector<Phase> phases;          // what took how long
};

// One run: reads the logs, brings the archives up to date, draws the pictures, writes index.html. Goes as far
// as it
// can: a log that can't be read does not keep the others from being counted.
Outcome run(const Options& options);

}  // namespace milter_manager::log_analyzer
