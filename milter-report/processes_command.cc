// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/processes_command.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <set>

#include "milter-report/output.h"
#include "milter-report/processes/minutes.h"
#include "milter-report/processes/sampler.h"
#include "milter-report/processes_archive.h"
#include "milter-report/processes_lines.h"

namespace milter_manager::report {
namespace {

using processes::Minutes;
using processes::Moment;
using processes::ProcessTable;
using processes::Sample;
using processes::Sampler;
using processes::Selection;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// An archive has a row a minute: two looks a minute do not leave one out.
constexpr double kLongestStoredInterval = 30;
// Between the look that no line is printed of, since nothing is known of CPU time before it, and the first that one is.
constexpr Seconds kFirstWait{1};

// SIGINT and SIGTERM end the work in good order while it lives: the minute that has begun is stored.
class EndSignals {
 public:
  EndSignals() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGINT);
    ::sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~EndSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // Waits until then. Returns whether one came.
  bool wait_until(Clock::time_point time) const {
    while (true) {
      const auto left = std::max(std::chrono::nanoseconds(time - Clock::now()), std::chrono::nanoseconds(0));
      const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
      const timespec limit{static_cast<time_t>(whole.count()), static_cast<long>((left - whole).count())};
      if (::sigtimedwait(&signals_, nullptr, &limit) > 0) return true;
      if (errno != EINTR) return false;
    }
  }

 private:
  sigset_t signals_;
  sigset_t before_;
};

// librrd writes through mapped memory: a file system without room answers with a signal. What was written is a copy.
void tell_of_full_disk(int) {
  constexpr std::string_view kMessage =
      "milter-report: the disk is full or broken: an archive could not be written. What it held is there.\n";
  static_cast<void>(!::write(STDERR_FILENO, kMessage.data(), kMessage.size()));
  ::_exit(EXIT_FAILURE);
}

class ProcessesCommand : public Command {
 public:
  std::string_view name() const override { return "processes"; }
  std::string_view description() const override {
    return "What processes use, again and again: memory, CPU, descriptors, threads.";
  }
  bool has_document() const override { return false; }

  void declare(CLI::App& app) override {
    app_ = &app;
    app.add_option("target", names_, "Processes of this name: the last part of the program's path.")
        ->type_name("NAME");
    app.add_option("--filter", filters_,
                   "Of the selected processes only those whose command line this regular expression fits, "
                   "whatever the case. May be "
                   "given several times: one has to fit.")
        ->type_name("REGEXP")
        ->allow_extra_args(false);
    app.add_option("--pid", pids_, "The process of this number. May be given several times.")
        ->type_name("PID")
        ->check(CLI::Range(1, 1 << 30))
        ->allow_extra_args(false);
    app.add_option("--pid-directory", pid_directories_,
                   "The processes whose numbers are in the *.pid files of this folder and of those in it. "
                   "May be given several times.")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_option("--interval", interval_, "Look every so many seconds.")
        ->type_name("SEC")
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    app.add_option("--samples", samples_, "End after so many looks; without it Ctrl-C ends it.")
        ->type_name("N")
        ->check(CLI::Range(1, 1 << 30));
    app.add_flag("--no-pss", no_pss_,
                 "Leave out PSS, which costs the kernel a walk through all memory of each process.");
    CLI::Option* const csv = app.add_flag("--csv", csv_, "Write comma-separated values.");
    CLI::Option* const json =
        app.add_flag("--json", json_, "Write a JSON object a look, each on a line.")->excludes(csv);
    app.add_option(
           "--archive", archive_,
           "Write no lines: store each minute in process.NAME.rrd in this folder, which is made if missing.")
        ->type_name("DIR")
        ->excludes(csv)
        ->excludes(json);
  }

  Outcome run(double) override {
    auto selection = make_selection();
    if (!selection) return failed(selection.error().message);
    if (selection->is_empty()) {
      // As if --help had been asked for, but nothing was done.
      static_cast<void>(put_out(app_->help("milter-report")));
      return failed("processes: name processes, or give --pid or --pid-directory");
    }
    if (!archive_.empty() && interval_ > kLongestStoredInterval) {
      return failed(fmt::format(
          "processes: an archive has a row a minute: --interval must not be above {} with --archive",
          kLongestStoredInterval));
    }
    const EndSignals end;
    std::optional<ProcessArchives> archives;
    if (!archive_.empty()) {
      auto opened = ProcessArchives::open(archive_);
      if (!opened) return failed(opened.error().message);
      archives.emplace(std::move(*opened));
      ::signal(SIGBUS, tell_of_full_disk);
    }
    return look(Sampler(ProcessTable(), std::move(*selection), !no_pss_), archives ? &*archives : nullptr,
                end);
  }

 private:
  Result<Selection> make_selection() const {
    Selection selection;
    for (const std::string& name : names_) selection.add_name(name);
    for (const int pid : pids_) selection.add_pid(pid);
    for (const std::string& directory : pid_directories_) selection.add_pid_directory(directory);
    for (const std::string& filter : filters_) {
      if (auto added = selection.add_filter(filter); !added) {
        return failure(fmt::format("--filter: {}", added.error().message));
      }
    }
    return selection;
  }

  Outcome look(Sampler sampler, const ProcessArchives* archives, const EndSignals& end) {
    Minutes minutes(sampler.selection().names());
    if (auto first = sampler.sample(Moment::now()); !first) return failed(first.error().message);
    const Seconds interval(interval_);
    Clock::time_point next =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::min(interval, kFirstWait));
    Outcome outcome;
    for (int looks = 0; samples_ == 0 || looks < samples_; ++looks) {
      if (end.wait_until(next)) break;
      const auto sample = sampler.sample(Moment::now());
      if (!sample) return failed(sample.error().message);
      for (const std::string& problem : sample->problems) tell_once(problem);
      found_ = found_ || !sample->processes.empty();
      if (archives != nullptr) {
        store(*archives, minutes.add(*sample), outcome);
      } else if (auto written = put_out(lines(*sample, looks == 0)); !written) {
        return failed(written.error().message);
      }
      // Looks that could not be in time are left out.
      do next += std::chrono::duration_cast<Clock::duration>(interval);
      while (next < Clock::now());
    }
    if (archives != nullptr) store(*archives, minutes.end(), outcome);
    if (minutes.has_left_out())
      outcome.notes.push_back(fmt::format("not all processes are in archives: there were more than {} names",
                                          Minutes::kMostNames));
    if (archives == nullptr && samples_ > 0 && !found_) outcome.status = EXIT_FAILURE;
    return outcome;
  }

  std::string lines(const Sample& sample, bool is_first) const {
    if (json_) return process_json(sample);
    if (csv_) return process_csv(sample, is_first);
    return (is_first ? std::string(process_heading()) : std::string()) + process_lines(sample);
  }

  void store(const ProcessArchives& archives, const std::vector<processes::ProcessRow>& rows,
             Outcome& outcome) {
    const ProcessArchives::Stored stored = archives.store(rows);
    for (const std::string& note : stored.notes) tell_once(note);
    if (!stored.all) outcome.status = EXIT_FAILURE;
  }

  // At once, since it runs until it is stopped.
  void tell_once(const std::string& text) {
    constexpr std::size_t kMostTold = 1000;
    if (told_.size() >= kMostTold || !told_.insert(text).second) return;
    const std::string line = fmt::format("milter-report: {}\n", safe_text(text));
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

  CLI::App* app_ = nullptr;
  std::vector<std::string> names_, filters_, pid_directories_;
  std::vector<int> pids_;
  double interval_ = 1;
  int samples_ = 0;
  bool no_pss_ = false, csv_ = false, json_ = false;
  std::string archive_;
  bool found_ = false;
  std::set<std::string> told_;
};

}  // namespace

std::unique_ptr<Command> make_processes_command() { return std::make_unique<ProcessesCommand>(); }

}  // namespace milter_manager::report
