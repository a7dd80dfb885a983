// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/supervise.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/daemon/attachments.h"
#include "core/daemon/launching.h"
#include "core/daemon/messages.h"
#include "core/daemon/out_of_memory.h"
#include "core/daemon/pid_file.h"
#include "core/daemon/start_up.h"
#include "core/metrics/total.h"
#include "core/supervision/supervisor.h"

namespace milter_manager::daemon {
namespace {

Result<net::Descriptor> file_with(std::string_view bytes) {
  net::Descriptor file(::memfd_create("evaluation", MFD_CLOEXEC));
  const auto failed = [] {
    return failure(fmt::format("can't keep the configuration: {}", std::strerror(errno)));
  };
  if (!file) return failed();
  while (!bytes.empty()) {
    const ssize_t length = ::write(file.get(), bytes.data(), bytes.size());
    if (length < 0) return failed();
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  return file;
}

Result<supervision::Evaluation> evaluation_in(net::Descriptor file) {
  std::string bytes;
  char piece[16384];
  off_t at = 0;
  for (;;) {
    const ssize_t length = ::pread(file.get(), piece, sizeof piece, at);
    if (length < 0) return failure(fmt::format("can't read the configuration: {}", std::strerror(errno)));
    if (length == 0) return supervision::decode_evaluation(bytes);
    bytes.append(piece, static_cast<std::size_t>(length));
    at += length;
  }
}

supervision::SupervisorOptions options_for(const Role& own, const config::Configuration& configuration,
                                           char* const* argv, supervision::MilterStarter start_milter) {
  Role role;
  role.n_workers = configuration.manager.n_workers;
  role.background = own.background;
  role.started_by_root = own.started_by_root;
  std::error_code unknown;
  role.directory = std::filesystem::current_path(unknown).string();
  supervision::SupervisorOptions options;
  options.worker = [role, argv](std::uint32_t number) {
    Role worker = role;
    worker.kind = Role::Kind::worker;
    worker.worker = number;
    return own_program(worker, argv);
  };
  options.evaluator = [role, argv] {
    Role evaluator = role;
    evaluator.kind = Role::Kind::evaluator;
    return own_program(evaluator, argv);
  };
  options.measurements = metrics::measurements();
  options.start_milter = std::move(start_milter);
  options.log_settings = [background = own.background](const config::Configuration& one,
                                                       std::vector<std::string>& warnings) {
    return log_settings(one, background, warnings);
  };
  return options;
}

}  // namespace

std::string become_supervisor(const Role& role, const supervision::Evaluation& evaluation,
                              const Background& background, std::vector<net::Descriptor> sockets,
                              char* const* argv) {
  const auto file = file_with(supervision::encode(evaluation));
  if (!file) return file.error().message;
  Role supervisor = role;
  supervisor.kind = Role::Kind::supervisor;
  supervisor.background = background.is_background();
  supervisor.ready = background.descriptor();
  supervisor.evaluation = file->get();
  for (const net::Descriptor& socket : sockets) supervisor.sockets.push_back(socket.get());
  return become_role(supervisor, argv);
}

int supervise(const Role& role, char* const* argv) {
  const auto failed = [](const Error& error) {
    tell(error.message);
    return 1;
  };
  Background background = Background::inherited(role.ready);
  std::vector<net::Descriptor> inherited;
  for (const int socket : role.sockets) inherited.emplace_back(socket);
  auto evaluation = evaluation_in(net::Descriptor(role.evaluation));
  if (!evaluation) return failed(evaluation.error());
  const auto configuration = evaluation->configuration;
  const auto problems = evaluation->problems;

  std::optional<log::Logger> logger;
  auto launching = Launching::begin(*configuration, role, argv);
  if (!launching) return failed(launching.error());
  auto sockets = start_up(*configuration, std::move(inherited), role.background, logger);
  if (!sockets) return failed(sockets.error());
  const EndWhenOutOfMemory out_of_memory(*logger);
  int status = 0;
  PidFile pid_file;
  net::Loop loop;
  supervision::Supervisor supervisor(loop, *logger, std::move(*evaluation), std::move(*sockets),
                                     options_for(role, *configuration, argv, launching->starter()));
  attach_all(supervisor.main_process(), loop, *logger, supervisor);
  launching->attach(loop, *logger, supervisor.main_process());
  log_problems(*logger, problems);
  supervisor.start([&](Result<void> started) {
    if (started && configuration->manager.pid_file) {
      auto created = PidFile::create(*configuration->manager.pid_file);
      if (created) {
        pid_file = std::move(*created);
      } else {
        started = tl::unexpected(created.error());
      }
    }
    if (started) started = background.ready();
    if (started) return;
    status = failed(started.error());
    supervisor.stop(1);
  });
  loop.run();
  return status;
}

}  // namespace milter_manager::daemon
