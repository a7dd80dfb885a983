// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/worker_process.h"

#include <signal.h>
#include <sys/socket.h>

#include <utility>

#include "core/net/descriptor_passing.h"

namespace milter_manager::supervision {

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(net::Loop& loop, std::uint32_t number,
                                                            net::Program program, WorkerOwner& owner) {
  auto channel = net::make_socket_pair(SOCK_STREAM);
  if (!channel) return tl::unexpected(channel.error());
  auto passing = net::make_socket_pair(SOCK_SEQPACKET);
  if (!passing) return tl::unexpected(passing.error());
  program.descriptors = {{channel->theirs.get(), kChannelDescriptor},
                         {passing->theirs.get(), kPassingDescriptor}};
  const auto pid = net::start_program(program);
  if (!pid) return tl::unexpected(pid.error());
  return std::unique_ptr<WorkerProcess>(
      new WorkerProcess(loop, number, *pid, std::move(channel->ours), std::move(passing->ours), owner));
}

WorkerProcess::WorkerProcess(net::Loop& loop, std::uint32_t number, pid_t pid, net::Descriptor channel,
                             net::Descriptor passing, WorkerOwner& owner)
    : number_(number),
      owner_(owner),
      started_(loop.now()),
      passing_(std::move(passing)),
      process_(loop, pid, [this](int status) { owner_.worker_ended(*this, status); }),
      channel_(
          loop, std::move(channel),
          // Its end is seen by the process's end; one that only closes the channel can't be told anything any more.
          {[this](const Message& message) { received(message); }, [this] { process_.signal(SIGTERM); }}) {}

void WorkerProcess::configure(std::string_view files) {
  ++unanswered_;
  tell(ToWorker::configure, files);
}

Result<void> WorkerProcess::listen_on(const std::vector<int>& sockets) {
  if (auto sent = net::send_descriptors(passing_.get(), sockets); !sent) return sent;
  tell(ToWorker::listen);
  return {};
}

void WorkerProcess::tell(ToWorker what, std::string_view payload) {
  channel_.send(static_cast<std::uint8_t>(what), payload);
}

void WorkerProcess::received(const Message& message) {
  silent_rounds_ = 0;
  switch (static_cast<FromWorker>(message.kind)) {
    case FromWorker::configured: {
      if (unanswered_ > 0) --unanswered_;
      const std::string error(message.payload);
      if (error.empty()) serves_ = true;
      owner_.worker_configured(*this, error);
      break;
    }
    case FromWorker::status:
      if (auto status = decode_process_status(message.payload)) {
        status->worker = number_;
        status->pid = pid();
        status_ = std::move(*status);
        owner_.worker_reported(*this);
      }
      break;
    case FromWorker::loads:
      if (auto loads = decode_loads(message.payload)) owner_.worker_took_loads(*this, std::move(*loads));
      break;
    case FromWorker::start_milter:
      owner_.worker_wants_milter(*this, std::string(message.payload));
      break;
    case FromWorker::answers:
      if (const auto answers = decode_answers(message.payload)) owner_.worker_saw_answers(*this, *answers);
      break;
  }
}

}  // namespace milter_manager::supervision
