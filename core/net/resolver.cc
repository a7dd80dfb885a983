// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/resolver.h"

#include <ares.h>
#include <fmt/format.h>
#include <netdb.h>
#include <uv.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "core/net/handle.h"
#include "core/net/timer.h"

namespace milter_manager::net {

struct Resolver::Question::State : BurstTask {
  Answer answer;
  Result<std::vector<SocketAddress>> result;
  std::string name;
  Loop* loop = nullptr;

  void burst_ended() override {
    // Moved out, since the one who is called may end the question.
    const auto answered = std::exchange(answer, nullptr);
    const auto given = std::move(result);
    if (answered) answered(given);
  }
};

Resolver::Question::Question(std::shared_ptr<State> state) : state_(std::move(state)) {}
Resolver::Question::Question(Question&& other) noexcept = default;
Resolver::Question& Resolver::Question::operator=(Question&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Resolver::Question::~Question() {
  if (state_) state_->answer = nullptr;
}

namespace {

// One socket of c-ares.
struct Watch {
  uv_poll_t handle;
  int socket;
};

}  // namespace

struct Resolver::State {
  explicit State(Loop& its_loop)
      : loop(its_loop), timer(its_loop, [this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }) {}

  Loop& loop;
  ares_channel channel = nullptr;
  Timer timer;  // c-ares's next time-out; runs while a question is under way
  std::map<int, Watch*> watches;

  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel, readable, writable);
    arm_timer();
  }

  void arm_timer() {
    timeval room{};
    if (const timeval* wait = ares_timeout(channel, nullptr, &room)) {
      timer.start_after(std::chrono::seconds(wait->tv_sec) + std::chrono::microseconds(wait->tv_usec));
    } else {
      timer.stop();
    }
  }

  void watch(int socket, bool readable, bool writable) {
    const auto found = watches.find(socket);
    if (!readable && !writable) {
      if (found == watches.end()) return;
      close_and_delete(found->second);  // stops polling at once: c-ares closes the socket behind us
      watches.erase(found);
      return;
    }
    Watch* watch = found == watches.end() ? nullptr : found->second;
    if (watch == nullptr) {
      watch = new Watch{};
      if (uv_poll_init(loop.native(), &watch->handle, socket) != 0) {
        delete watch;  // c-ares's time-out ends the question
        return;
      }
      watch->handle.data = this;
      watch->socket = socket;
      watches.emplace(socket, watch);
    }
    uv_poll_start(&watch->handle, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
                  [](uv_poll_t* handle, int status, int events) {
                    const auto ready = reinterpret_cast<Watch*>(handle)->socket;
                    const bool error = status < 0;  // c-ares finds it by reading
                    static_cast<State*>(handle->data)
                        ->process(error || (events & UV_READABLE) ? ready : ARES_SOCKET_BAD,
                                  error || (events & UV_WRITABLE) ? ready : ARES_SOCKET_BAD);
                  });
  }
};

namespace {

std::vector<SocketAddress> addresses_of(const ares_addrinfo* info, int family) {
  std::vector<SocketAddress> addresses;
  for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
    if (node->ai_family != family || node->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress address;
    std::memcpy(&address.storage, node->ai_addr, node->ai_addrlen);
    address.length = node->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Resolver::Resolver(Loop& loop) : state_(std::make_shared<State>(loop)) {
  ares_library_init(ARES_LIB_INIT_ALL);
  ares_options options{};
  options.sock_state_cb = [](void* state, ares_socket_t socket, int readable, int writable) {
    static_cast<State*>(state)->watch(socket, readable != 0, writable != 0);
  };
  options.sock_state_cb_data = state_.get();
  if (ares_init_options(&state_->channel, &options, ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS)
    state_->channel = nullptr;
}

Resolver::~Resolver() {
  if (state_->channel != nullptr) ares_destroy(state_->channel);
  ares_library_cleanup();
}

Resolver::Question Resolver::resolve(const std::string& name, int family, std::uint16_t port, Answer answer) {
  auto question = std::make_shared<Question::State>();
  question->answer = std::move(answer);
  question->name = name;
  question->loop = &state_->loop;
  if (state_->channel == nullptr) {
    question->result = failure(fmt::format("can't resolve {}: no resolver", name));
    state_->loop.at_burst_end(*question);
    return Question(std::move(question));
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NUMERICSERV;
  // c-ares has the question until it answers, even when nobody waits for the answer any more.
  struct Asked {
    std::shared_ptr<Question::State> question;
    int family;
  };
  const auto answered = [](void* argument, int status, int, ares_addrinfo* info) {
    const std::unique_ptr<Asked> asked(static_cast<Asked*>(argument));
    auto& state = *asked->question;
    auto addresses = info == nullptr ? std::vector<SocketAddress>{} : addresses_of(info, asked->family);
    if (info != nullptr) ares_freeaddrinfo(info);
    if (status == ARES_SUCCESS && addresses.empty()) status = ARES_ENODATA;
    if (!state.answer || status == ARES_EDESTRUCTION) return;
    if (status == ARES_SUCCESS) {
      state.result = std::move(addresses);
    } else {
      state.result = failure(fmt::format("can't resolve {}: {}", state.name, ares_strerror(status)));
    }
    state.loop->at_burst_end(state);
  };
  const auto service = std::to_string(port);
  ares_getaddrinfo(state_->channel, name.c_str(), service.c_str(), &hints, answered,
                   new Asked{question, family});
  state_->arm_timer();
  return Question(std::move(question));
}

ares_channeldata* Resolver::native() const { return state_->channel; }

}  // namespace milter_manager::net
