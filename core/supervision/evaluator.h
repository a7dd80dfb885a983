// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/net/child_process.h"
#include "core/net/loop.h"
#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/result.h"
#include "core/supervision/evaluation.h"

namespace milter_manager::supervision {

// Where the evaluating process writes encode(Evaluation), and nothing else; it ends then.
inline constexpr int kEvaluationDescriptor = 3;

// Reads the configuration in a process of its own, so that the one that wants to know needs no Ruby.
class Evaluator final : net::StreamEvents {
 public:
  // Called once, never from within the constructor; may destroy the evaluator. An error: the process can't be started, ended
  // otherwise, or took more than a minute; what files are wrong in is an evaluation with errors.
  using Answer = std::function<void(Result<Evaluation>)>;

  // `program` is the evaluating one, without descriptors.
  Evaluator(net::Loop& loop, net::Program program, Answer answer);
  // Ends the process, if it still runs.
  ~Evaluator() override;

 private:
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(const net::StreamError& error) override;
  Result<void> start(net::Program program);
  void finish();
  void give_up();
  void tell(Result<Evaluation> result);

  net::Loop& loop_;
  Answer answer_;
  std::string bytes_;
  int status_ = 0;
  bool has_ended_ = false;
  bool has_all_ = false;
  bool timed_out_ = false;
  std::unique_ptr<net::ChildProcess> process_;
  net::Stream stream_;
  net::Timer limit_;
};

}  // namespace milter_manager::supervision
