// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/connection_table.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/condition/command_output.h"
#include "core/condition/connection_sources.h"
#include "core/net/work.h"

namespace milter_manager::condition {
namespace {

constexpr std::size_t kMostKnownEndpoints = 8;

std::string key_of(const Endpoint& remote) {
  std::string key(reinterpret_cast<const char*>(remote.address.bytes().data()),
                  remote.address.bytes().size());
  key += static_cast<char>(remote.port & 0xff);
  key += static_cast<char>(remote.port >> 8);
  return key;
}

// Asks the kernel. On a thread of the pool, one call at a time.
class Kernel {
 public:
  explicit Kernel(ConnectionTable::Sources sources) : sources_(std::move(sources)) {}

  using Found = std::optional<TcpConnection>;
  std::vector<Found> look_up(const std::vector<std::optional<Endpoint>>& remotes) {
    std::vector<Found> found;
    bool walked = false;
    for (const auto& remote : remotes) found.push_back(remote ? look_up(*remote, walked) : std::nullopt);
    return found;
  }

 private:
  Found look_up(const Endpoint& remote, bool& walked) {
    if (Found found = at_known_endpoint(remote)) return found;
    const std::string key = key_of(remote);
    const bool fresh = std::chrono::steady_clock::now() - walked_at_ < sources_.lifetime;
    if (const auto known = all_.find(key); known != all_.end() && (fresh || walked)) {
      learn(known->second.local);
      if (Found found = as_it_is_now(known->second)) return found;
    }
    if (!walked) walk();
    walked = true;
    const auto known = all_.find(key);
    if (known == all_.end()) return std::nullopt;
    learn(known->second.local);
    return known->second;
  }

  // What a walk has found some time ago. Only netlink can tell of one alone.
  Found as_it_is_now(const TcpConnection& found) {
    SockDiag* kernel = netlink();
    return kernel ? kernel->find(found.local, found.remote) : found;
  }

  Found at_known_endpoint(const Endpoint& remote) {
    SockDiag* kernel = netlink();
    if (!kernel) return std::nullopt;
    for (const Endpoint& local : known_) {
      if (Found found = kernel->find(local, remote)) return found;
    }
    return std::nullopt;
  }

  void walk() {
    all_.clear();
    walked_at_ = std::chrono::steady_clock::now();
    const auto add = [this](const TcpConnection& connection) {
      // Two of our addresses may talk with one remote end: the living connection counts.
      auto& known = all_.try_emplace(key_of(connection.remote), connection).first->second;
      if (connection.state == ConnectionTable::State::established) known = connection;
    };
    if (SockDiag* kernel = netlink(); kernel && kernel->each(add)) return;
    if (!sources_.proc.empty() && each_in_proc(sources_.proc, add)) return;
    if (sources_.netstat.empty()) return;
    const auto program =
        find_program(sources_.netstat, {"/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/ucb"});
    // Where nothing tells, nobody is found.
    if (!program.empty()) static_cast<void>(each_in_netstat(program, add));
  }

  void learn(const Endpoint& local) {
    if (std::find(known_.begin(), known_.end(), local) != known_.end()) return;
    known_.insert(known_.begin(), local);
    if (known_.size() > kMostKnownEndpoints) known_.pop_back();
  }

  SockDiag* netlink() {
    if (!sources_.netlink) return nullptr;
    if (!netlink_) {
      auto opened = SockDiag::open();
      sources_.netlink = opened.has_value();
      if (opened) netlink_ = std::make_unique<SockDiag>(std::move(*opened));
    }
    return netlink_.get();
  }

  ConnectionTable::Sources sources_;
  std::unique_ptr<SockDiag> netlink_;
  std::vector<Endpoint> known_;  // local ends of connections that were asked for
  std::unordered_map<std::string, TcpConnection> all_;
  std::chrono::steady_clock::time_point walked_at_{};
};

}  // namespace

struct ConnectionTable::Question::State {
  std::optional<Endpoint> remote;  // nullopt: not an address
  Answer answer;                   // empty: no answer is wanted
};

ConnectionTable::Question::Question(std::shared_ptr<State> state) : state_(std::move(state)) {}
ConnectionTable::Question& ConnectionTable::Question::operator=(Question&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
ConnectionTable::Question::~Question() {
  if (state_) state_->answer = nullptr;
}

struct ConnectionTable::Impl : std::enable_shared_from_this<Impl> {
  Impl(net::Loop& its_loop, Sources sources)
      : loop(its_loop), kernel(std::make_shared<Kernel>(std::move(sources))) {}

  net::Loop& loop;
  std::shared_ptr<Kernel> kernel;
  std::vector<std::shared_ptr<Question::State>> waiting;
  bool working = false;
  net::Work work;

  void start() {
    if (working || waiting.empty()) return;
    working = true;
    auto questions = std::exchange(waiting, {});
    std::vector<std::optional<Endpoint>> remotes;
    for (const auto& question : questions) remotes.push_back(question->remote);
    const auto found = std::make_shared<std::vector<Kernel::Found>>();
    work = net::Work(
        loop, [its_kernel = kernel, remotes, found] { *found = its_kernel->look_up(remotes); },
        [this, questions = std::move(questions), found] { finished(questions, *found); });
  }

  void finished(const std::vector<std::shared_ptr<Question::State>>& questions,
                const std::vector<Kernel::Found>& found) {
    const std::weak_ptr<Impl> self = weak_from_this();  // who is answered may end the table
    working = false;
    start();
    for (std::size_t i = 0; i < questions.size() && !self.expired(); ++i) {
      const Answer answer = std::exchange(questions[i]->answer, nullptr);
      if (!answer) continue;
      std::optional<Connection> connection;
      if (found[i]) {
        connection = Connection{found[i]->state, found[i]->local.address.text(), found[i]->local.port};
      }
      answer(std::move(connection));
    }
  }
};

ConnectionTable::ConnectionTable(net::Loop& loop) : ConnectionTable(loop, Sources{}) {}
ConnectionTable::ConnectionTable(net::Loop& loop, Sources sources)
    : impl_(std::make_shared<Impl>(loop, std::move(sources))) {}
ConnectionTable::~ConnectionTable() = default;

ConnectionTable::Question ConnectionTable::find(const std::string& remote_address, std::uint16_t remote_port,
                                                Answer answer) {
  auto state = std::make_shared<Question::State>();
  if (const auto address = Address::parse(remote_address)) state->remote = Endpoint{*address, remote_port};
  state->answer = std::move(answer);
  impl_->waiting.push_back(state);
  impl_->start();
  return Question(std::move(state));
}

}  // namespace milter_manager::condition
