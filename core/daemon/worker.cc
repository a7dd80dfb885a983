// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "core/daemon/background.h"
#include "core/daemon/messages.h"
#include "core/daemon/out_of_memory.h"
#include "core/daemon/service.h"
#include "core/net/descriptor_passing.h"
#include "core/net/signal.h"
#include "core/net/timer.h"
#include "core/supervision/channel.h"
#include "core/supervision/evaluator.h"
#include "core/supervision/listening_sockets.h"
#include "core/supervision/untold_answers.h"
#include "core/supervision/worker_messages.h"

namespace milter_manager::daemon {
namespace {

using supervision::FromWorker;
using supervision::ToWorker;

// What is counted in that time is lost with a worker that is killed; a quiet one says nothing.
constexpr std::chrono::milliseconds kReportInterval{250};

Result<void> read_all(int descriptor, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t length = ::read(descriptor, bytes, size);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return failure("the supervisor has gone");
    bytes += length;
    size -= static_cast<std::size_t>(length);
  }
  return {};
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t length = ::write(descriptor, bytes.data(), bytes.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  return true;
}

// The first message, which is waited for: without a configuration there is nothing to do.
Result<supervision::ConfigurationFiles> read_first_message(int descriptor) {
  std::string head(4, '\0');
  if (auto done = read_all(descriptor, head.data(), head.size()); !done) return tl::unexpected(done.error());
  std::size_t length = 0;
  for (const char c : head) length = length << 8 | static_cast<unsigned char>(c);
  if (length == 0 || length > supervision::kMostMessageBytes)
    return failure("the supervisor speaks otherwise");
  std::string body(length, '\0');
  if (auto done = read_all(descriptor, body.data(), body.size()); !done) return tl::unexpected(done.error());
  if (static_cast<ToWorker>(body[0]) != ToWorker::configure)
    return failure("the supervisor speaks otherwise");
  return supervision::decode_files(std::string_view(body).substr(1));
}

// A worker's end of the channel: does what the supervisor says, and tells it how things are.
class Link {
 public:
  Link(Service& service, log::Logger& logger)
      : service_(service),
        logger_(logger),
        channel_(service.loop(), net::Descriptor(supervision::kChannelDescriptor),
                 {[this](const supervision::Message& message) { received(message); }, [this] { lost(); }}),
        passing_(supervision::kPassingDescriptor),
        report_timer_(service.loop(), [this] { report_if_new(); }) {
    const auto take = [this](int number, std::function<void()> done) {
      signals_.push_back(std::make_unique<net::Signal>(service_.loop(), number, std::move(done)));
    };
    // Signals that go to all processes of a terminal or a unit: the supervisor tells us what they mean.
    take(SIGINT, [] {});
    take(SIGHUP, [] {});
    take(SIGTERM, [this] { stop(); });
    take(SIGUSR1, [this] { logger_.reopen(); });
    report_timer_.start_every(kReportInterval);
  }

  void configured(const Result<void>& result) {
    send(FromWorker::configured, result ? std::string() : result.error().message);
    report();
  }
  void saw_answer(std::string_view milter, bool rejected) { answers_.add(milter, rejected); }
  bool start_milter(const std::string& name) {
    send(FromWorker::start_milter, name);
    return true;
  }

 private:
  void received(const supervision::Message& message) {
    switch (static_cast<ToWorker>(message.kind)) {
      case ToWorker::configure:
        return configure(message.payload);
      case ToWorker::listen:
        return listen();
      case ToWorker::stop:
        return stop();
      case ToWorker::hurry:
        stop();
        return service_.stop();
      case ToWorker::reopen_logs:
        return logger_.reopen();
      case ToWorker::stop_milter:
        static_cast<void>(service_.stop_milter(std::string(message.payload)));
        return;
      case ToWorker::report:
        return report();
      case ToWorker::hold_back:
        if (auto names = supervision::decode_names(message.payload)) service_.hold_back(std::move(*names));
        return;
      case ToWorker::take_loads:
        return send(FromWorker::loads, supervision::encode(service_.take_loads()));
    }
  }

  void configure(std::string_view payload) {
    auto files = supervision::decode_files(payload);
    if (!files) return configured(tl::unexpected(files.error()));
    service_.reload(std::move(*files), [this](const Result<void>& result) { configured(result); });
  }

  void listen() {
    auto sockets = net::receive_descriptors(passing_.get());
    if (!sockets) {
      logger_.log(log::Level::error,
                  "[worker][error] ending for another one to take over: " + sockets.error().message);
      return stop();
    }
    service_.listen_on(std::move(*sockets), supervision::ListeningSockets::kAcceptorsLinger);
  }

  // Once only: a signal to all of us and the supervisor's word mean the same.
  void stop() {
    if (!service_.is_stopping()) service_.stop();
  }

  // Nobody would take up a new configuration, or start us again: another manager is to take our place.
  void lost() {
    logger_.log(log::Level::error, "[worker][error] the supervisor has gone: ending with the last session");
    stop();
  }

  void report() {
    supervision::ProcessStatus status = service_.status();
    reported_ = {status.sessions_finished, status.sessions_open, status.children_open};
    send(FromWorker::status, supervision::encode(status));
  }

  bool send_answers(const supervision::MilterAnswers& answers) {
    if (channel_.unsent_bytes() > 0) return false;
    send(FromWorker::answers, supervision::encode(answers));
    return true;
  }

  void report_if_new() {
    answers_.tell();
    const auto counters = service_.counters();
    const Reported now{counters.sessions_finished, counters.sessions_open, counters.children_open};
    if (now != reported_ && channel_.unsent_bytes() == 0) report();
  }

  void send(FromWorker kind, std::string_view payload) {
    channel_.send(static_cast<std::uint8_t>(kind), payload);
  }

  struct Reported {
    std::uint64_t finished = 0, open = 0, children = 0;
    bool operator==(const Reported&) const = default;
  };

  Service& service_;
  log::Logger& logger_;
  supervision::Channel channel_;
  net::Descriptor passing_;
  std::vector<std::unique_ptr<net::Signal>> signals_;
  Reported reported_;
  supervision::UntoldAnswers answers_{
      [this](const supervision::MilterAnswers& answers) { return send_answers(answers); }};
  net::Timer report_timer_;
};

// Of a worker that never gets as far as its loop.
int refused(const std::string& error) {
  std::string bytes;
  supervision::append_message(static_cast<std::uint8_t>(FromWorker::configured), error, bytes);
  write_all(supervision::kChannelDescriptor, bytes);
  return 1;
}

}  // namespace

int serve_as_worker(const Role& role, ruby::Interpreter& interpreter, ConfigSource& source,
                    std::optional<log::Logger>& logger, const EarlyLines& early) {
  for (const int descriptor : {supervision::kChannelDescriptor, supervision::kPassingDescriptor}) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  const auto files = read_first_message(supervision::kChannelDescriptor);
  if (!files) return refused(files.error().message);
  ruby::LoadOutcome outcome = source.replay(*files);
  if (outcome.has_errors()) return refused(errors_of(outcome));

  std::vector<std::string> known;  // the supervisor has told them
  logger.emplace(log_settings(*outcome.configuration, role.background, known));
  for (const auto& [level, text] : early) log_named(*logger, level, text);
  ServiceOptions options;
  options.in_background = role.background;
  options.worker = role.worker;
  options.n_workers = role.n_workers;
  Link* link = nullptr;
  options.start_milter = [&link](const std::string& name) {
    return link != nullptr && link->start_milter(name);
  };
  options.saw_answer = [&link](std::string_view milter, bool rejected) {
    if (link != nullptr) link->saw_answer(milter, rejected);
  };
  Service service(interpreter, source, *logger, outcome.configuration, options);
  if (auto started = service.start(); !started) return refused(started.error().message);
  const EndWhenOutOfMemory out_of_memory(*logger);
  {
    Link own_link(service, *logger);
    link = &own_link;
    if (role.background) static_cast<void>(Background::let_go());
    own_link.configured({});
    outcome.configuration.reset();  // with the last session that has it, it shall go
    service.run([] {});
    link = nullptr;
  }
  return 0;
}

int evaluate_for_supervisor(ConfigSource& source) {
  ::fcntl(supervision::kEvaluationDescriptor, F_SETFD, FD_CLOEXEC);
  const std::string bytes = supervision::encode(source.evaluation_of(source.load()));
  return write_all(supervision::kEvaluationDescriptor, bytes) ? 0 : 1;
}

}  // namespace milter_manager::daemon
