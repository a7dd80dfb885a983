// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ruby/interpreter.h"

#include <fmt/format.h>
#include <ruby.h>
#include <ruby/thread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "core/ruby/conversion.h"
#include "core/ruby/library.h"
#include "core/ruby/native_evaluation.h"
#include "core/ruby/protect.h"
#include "core/ruby/reading.h"

namespace milter_manager::ruby {
namespace {

// Generations whose last session has ended, filled by whatever thread that was on. Outlives the interpreter.
struct Released {
  std::mutex mutex;
  std::vector<std::uint64_t> generations;
  std::function<void()> tell;  // empty when the interpreter is gone
};

// Ruby keeps pointers to these for ever (for $0).
char program_name[] = "milter-manager";
char no_gems[] = "--disable=gems,did_you_mean,error_highlight,rubyopt";
char utf8[] = "-EUTF-8";
char evaluate[] = "-e";
char nothing[] = "";

// Keeps signals as they are while Ruby starts. Its own handlers would turn a signal into an exception of the main thread,
// which is seen late or never once that thread waits.
class KeptSignals {
 public:
  KeptSignals() {
    for (std::size_t i = 0; i < kNumbers.size(); ++i) ::sigaction(kNumbers[i], nullptr, &actions_[i]);
  }
  ~KeptSignals() {
    for (std::size_t i = 0; i < kNumbers.size(); ++i) ::sigaction(kNumbers[i], &actions_[i], nullptr);
  }
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;

 private:
  static constexpr std::array kNumbers = {SIGHUP, SIGINT, SIGTERM, SIGUSR1};
  std::array<struct sigaction, kNumbers.size()> actions_{};
};

bool start_ruby(const void* main_frame) {
  const KeptSignals kept;
  static char* arguments[] = {program_name, no_gems, utf8, evaluate, nothing, nullptr};
  static int count = 5;
  static char** vector = arguments;
  ruby_init_stack(static_cast<VALUE*>(const_cast<void*>(main_frame)));
  ruby_sysinit(&count, &vector);
  if (ruby_setup() != 0) return false;
  void* node = ruby_options(count, vector);
  int status = 0;
  // Runs -e "", after which constants, encodings and $LOAD_PATH are as any script finds them.
  return ruby_executable_node(node, &status) != 0 && ruby_exec_node(node) == 0;
}

}  // namespace

struct Interpreter::State {
  InterpreterOptions options;
  const pid_t pid = ::getpid();
  const std::shared_ptr<Released> released = std::make_shared<Released>();
  std::uint64_t last_generation = 0;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> work;
  bool stopped = false;
  bool interrupted = false;   // Ruby wants the main thread for a moment
  bool has_released = false;  // there are generations to forget

  void wait();
  void forget_released();
  // A configuration file that forked without a block: the child has come back to where only the manager may go on.
  void leave_if_forked() const {
    if (::getpid() != pid) ::_exit(0);
  }
};

Result<std::unique_ptr<Interpreter>> Interpreter::boot(const void* main_frame, InterpreterOptions options) {
  if (!start_ruby(main_frame)) return failure("Ruby can't be started");
  auto state = std::make_unique<State>();
  state->options = std::move(options);

  std::string error;
  const std::string& library = state->options.library;
  const bool loaded = protect(
      [&] {
        define_native(&state->options.log, &state->options.prefix);
        define_native_evaluation();
        if (library.empty()) {
          use_built_in_library(state->options.library_name);
        } else {
          rb_ary_unshift(rb_gv_get("$LOAD_PATH"), to_ruby(library));
        }
        // Kernel.require would be Ruby's own: built_in() replaces the one that every object has.
        rb_funcall(rb_cObject, rb_intern("require"), 1, rb_utf8_str_new_cstr("milter_manager"));
      },
      error);
  if (!loaded) {
    return failure(
        fmt::format("can't load the Ruby library{}{}: {}", library.empty() ? "" : " from ", library, error));
  }
  State* const told = state.get();
  state->released->tell = [told] {
    {
      const std::lock_guard lock(told->mutex);
      told->has_released = true;
    }
    told->changed.notify_one();
  };
  return std::unique_ptr<Interpreter>(new Interpreter(std::move(state)));
}

Interpreter::Interpreter(std::unique_ptr<State> state) : state_(std::move(state)) {}

Interpreter::~Interpreter() {
  state_->leave_if_forked();
  {
    const std::lock_guard lock(state_->released->mutex);
    state_->released->tell = nullptr;
  }
  ruby_cleanup(0);
}

bool LoadOutcome::has_errors() const {
  return aborted || std::any_of(problems.begin(), problems.end(), [](const config::Problem& problem) {
           return problem.severity == config::Problem::Severity::error;
         });
}

LoadOutcome Interpreter::load(const LoadOptions& options) {
  state_->forget_released();
  const std::uint64_t generation = ++state_->last_generation;
  auto reading = std::make_unique<Reading>(options.defaults);
  Reading* const read = reading.get();

  VALUE object = Qnil;
  std::string error;
  LoadOutcome outcome;
  bool completed = protect([&] { object = wrap_reading(read); }, error);
  if (completed) {
    static_cast<void>(reading.release());  // the object owns it now
    VALUE answer = Qnil;
    completed = protect(
        [&] {
          const VALUE paths = rb_ary_new();
          for (const std::string& path : options.load_paths) rb_ary_push(paths, to_ruby(path));
          const VALUE manager = rb_path2class("Milter::Manager");
          const VALUE custom_file = options.custom_file.empty() ? Qnil : to_ruby(options.custom_file);
          const VALUE sources =
              options.sources.empty()
                  ? Qnil
                  : rb_str_new(options.sources.data(), static_cast<long>(options.sources.size()));
          answer = rb_funcall(manager, rb_intern("read"), 8, object, paths, to_ruby(options.file),
                              ULL2NUM(generation), custom_file, options.checking ? Qtrue : Qfalse, sources,
                              options.keep_sources ? Qtrue : Qfalse);
        },
        error);
    state_->leave_if_forked();
    outcome.aborted = !completed || !RTEST(rb_ary_entry(answer, 0));
    if (completed && options.keep_sources) outcome.sources = to_text(rb_ary_entry(answer, 1));
  } else {
    outcome.aborted = true;
  }
  read->open = false;
  outcome.problems = std::move(read->problems);
  if (!completed) outcome.problems.push_back({config::Problem::Severity::error, std::nullopt, error});

  for (const auto& [name, value] : options.overrides) {
    if (auto done = read->builder.set(name, value, std::nullopt); !done) {
      outcome.problems.push_back({config::Problem::Severity::error, std::nullopt, done.error().message});
    }
  }
  for (config::Problem& problem : config::check(read->builder.configuration())) {
    outcome.problems.push_back(std::move(problem));
  }
  auto configuration = std::make_unique<config::Configuration>(read->builder.configuration());
  configuration->generation = generation;
  outcome.configuration = std::shared_ptr<const config::Configuration>(
      configuration.release(), [released = state_->released, generation](const config::Configuration* one) {
        delete one;
        const std::lock_guard lock(released->mutex);
        released->generations.push_back(generation);
        if (released->tell) released->tell();
      });
  RB_GC_GUARD(object);
  return outcome;
}

void Interpreter::settle(const LoadOutcome& outcome) {
  std::string error;
  const bool settled = protect(
      [&] {
        rb_funcall(rb_path2class("Milter::Manager"), rb_intern("settle"), 2,
                   ULL2NUM(outcome.configuration->generation), outcome.has_errors() ? Qfalse : Qtrue);
      },
      error);
  if (!settled && state_->options.log) state_->options.log("error", error);
}

void Interpreter::State::forget_released() {
  std::vector<std::uint64_t> generations;
  {
    const std::lock_guard lock(released->mutex);
    generations.swap(released->generations);
  }
  for (const std::uint64_t generation : generations) {
    std::string error;
    protect(
        [&] { rb_funcall(rb_path2class("Milter::Manager"), rb_intern("forget"), 1, ULL2NUM(generation)); },
        error);
  }
}

void Interpreter::post(std::function<void()> work) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->work.push_back(std::move(work));
  }
  state_->changed.notify_one();
}

void Interpreter::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_one();
}

// Without the GVL, so that Ruby's other threads run meanwhile. It may end for no reason but Ruby's own.
void Interpreter::State::wait() {
  std::string error;
  protect(
      [this] {
        rb_thread_call_without_gvl(
            [](void* argument) -> void* {
              auto& state = *static_cast<State*>(argument);
              std::unique_lock lock(state.mutex);
              state.changed.wait(lock, [&] {
                return state.stopped || state.interrupted || state.has_released || !state.work.empty();
              });
              state.interrupted = false;
              state.has_released = false;
              return nullptr;
            },
            this,
            [](void* argument) {
              auto& state = *static_cast<State*>(argument);
              {
                const std::lock_guard lock(state.mutex);
                state.interrupted = true;
              }
              state.changed.notify_one();
            },
            this);
      },
      error);
  // Another Ruby thread may have raised something in this one; it goes on all the same, and says so.
  if (!error.empty() && options.log) options.log("error", "raised in the main thread: " + error);
  leave_if_forked();
}

void Interpreter::run_until_stopped() {
  for (;;) {
    state_->wait();
    state_->forget_released();
    std::deque<std::function<void()>> work;
    {
      const std::lock_guard lock(state_->mutex);
      work.swap(state_->work);
      if (work.empty() && std::exchange(state_->stopped, false)) return;
    }
    for (const auto& function : work) function();
  }
}

}  // namespace milter_manager::ruby
