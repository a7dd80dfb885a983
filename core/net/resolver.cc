// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
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
  bool wanted = true;
  std::function<void()> deliver;  // set when the answer is there

  void burst_ended() override {
    // Moved out, since the one who is called may end the question.
    if (const auto function = std::exchange(deliver, nullptr)) function();
  }
};

template <typename Value>
struct Resolver::Asked {
  std::shared_ptr<Question::State> question;
  std::function<void(Result<Value>)> answer;
  Loop* loop = nullptr;
  std::string name;
  int family = AF_INET;

  bool wanted() const { return question->wanted; }
  void give(Result<Value> result) {
    question->deliver = [answer = std::move(answer), result = std::move(result)] { answer(result); };
    loop->at_burst_end(*question);
  }
};

Resolver::Question::Question(std::shared_ptr<State> state) : state_(std::move(state)) {}
Resolver::Question::Question(Question&& other) noexcept = default;
Resolver::Question& Resolver::Question::operator=(Question&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Resolver::Question::~Question() {
  if (!state_) return;
  state_->wanted = false;
  state_->deliver = nullptr;
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

  ~State() {
    if (channel != nullptr) ares_destroy(channel);
  }

  // Leaves `channel` null where that fails.
  void open(const Options& wanted) {
    ares_options options{};
    options.sock_state_cb = [](void* state, ares_socket_t socket, int readable, int writable) {
      static_cast<State*>(state)->watch(socket, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    options.timeout = static_cast<int>(wanted.timeout.count());
    options.tries = wanted.tries;
    options.udp_port = options.tcp_port = wanted.port;
    std::string resolv_conf = wanted.resolv_conf;
    options.resolvconf_path = resolv_conf.data();
    int set =
        ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
    if (!resolv_conf.empty()) set |= ARES_OPT_RESOLVCONF;
    if (ares_init_options(&channel, &options, set) != ARES_SUCCESS) {
      channel = nullptr;
      return;
    }
    if (wanted.name_servers.empty()) return;
    const auto servers = fmt::format("{}", fmt::join(wanted.name_servers, ","));
    if (ares_set_servers_ports_csv(channel, servers.c_str()) == ARES_SUCCESS) return;
    ares_destroy(channel);
    channel = nullptr;
  }

  // Nothing is under way.
  bool idle() const {
    timeval room{};
    return channel == nullptr || ares_timeout(channel, nullptr, &room) == nullptr;
  }

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

// A status of c-ares.
int read_ipv4(const unsigned char* reply, int length, std::vector<SocketAddress>& addresses) {
  ares_addrttl records[32];  // a name with more is no name of one thing
  int count = sizeof records / sizeof *records;
  const int status = ares_parse_a_reply(reply, length, nullptr, records, &count);
  for (int i = 0; status == ARES_SUCCESS && i < count; ++i) {
    sockaddr_in inet{};
    inet.sin_family = AF_INET;
    inet.sin_addr = records[i].ipaddr;
    SocketAddress address;
    std::memcpy(&address.storage, &inet, sizeof inet);
    address.length = sizeof inet;
    addresses.push_back(address);
  }
  return status;
}

}  // namespace

Resolver::Resolver(Loop& loop) : Resolver(loop, Options{}) {}

Resolver::Resolver(Loop& loop, const Options& wanted)
    : options_(wanted), state_(std::make_shared<State>(loop)) {
  ares_library_init(ARES_LIB_INIT_ALL);
  state_->open(options_);
}

Resolver::~Resolver() {
  retired_.clear();
  state_.reset();
  ares_library_cleanup();
}

void Resolver::renew() {
  retired_.erase(
      std::remove_if(retired_.begin(), retired_.end(), [](const auto& old) { return old->idle(); }),
      retired_.end());
  retired_.push_back(state_);
  state_ = std::make_shared<State>(state_->loop);
  state_->open(options_);
}

template <typename Value>
std::unique_ptr<Resolver::Asked<Value>> Resolver::begin(std::function<void(Result<Value>)> answer,
                                                        Question& question) {
  auto state = std::make_shared<Question::State>();
  question = Question(state);
  auto asked = std::make_unique<Asked<Value>>();
  asked->question = std::move(state);
  asked->answer = std::move(answer);
  asked->loop = &state_->loop;
  return asked;
}

Resolver::Question Resolver::resolve(const std::string& name, int family, std::uint16_t port, Answer answer) {
  Question question;
  auto begun = begin<std::vector<SocketAddress>>(std::move(answer), question);
  begun->name = name;
  begun->family = family;
  if (state_->channel == nullptr) {
    begun->give(failure(fmt::format("can't resolve {}: no resolver", name)));
    return question;
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NUMERICSERV;
  const auto answered = [](void* argument, int status, int, ares_addrinfo* info) {
    const std::unique_ptr<Asked<std::vector<SocketAddress>>> asked(
        static_cast<Asked<std::vector<SocketAddress>>*>(argument));
    auto addresses = info == nullptr ? std::vector<SocketAddress>{} : addresses_of(info, asked->family);
    if (info != nullptr) ares_freeaddrinfo(info);
    if (status == ARES_SUCCESS && addresses.empty()) status = ARES_ENODATA;
    if (!asked->wanted() || status == ARES_EDESTRUCTION) return;
    if (status == ARES_SUCCESS) {
      asked->give(std::move(addresses));
    } else {
      asked->give(failure(fmt::format("can't resolve {}: {}", asked->name, ares_strerror(status))));
    }
  };
  const auto service = std::to_string(port);
  ares_getaddrinfo(state_->channel, name.c_str(), service.c_str(), &hints, answered, begun.release());
  state_->arm_timer();
  return question;
}

Resolver::Question Resolver::lookup_ipv4(const std::string& name, Answer answer) {
  Question question;
  auto begun = begin<std::vector<SocketAddress>>(std::move(answer), question);
  begun->name = name;
  if (state_->channel == nullptr) {
    begun->give(failure(fmt::format("can't resolve {}: no resolver", name)));
    return question;
  }
  const auto answered = [](void* argument, int status, int, unsigned char* reply, int length) {
    const std::unique_ptr<Asked<std::vector<SocketAddress>>> asked(
        static_cast<Asked<std::vector<SocketAddress>>*>(argument));
    if (!asked->wanted() || status == ARES_EDESTRUCTION) return;
    std::vector<SocketAddress> addresses;
    if (status == ARES_SUCCESS) status = read_ipv4(reply, length, addresses);
    if (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND) {
      asked->give(std::move(addresses));
    } else {
      asked->give(failure(fmt::format("can't resolve {}: {}", asked->name, ares_strerror(status))));
    }
  };
  ares_query(state_->channel, name.c_str(), ns_c_in, ns_t_a, answered, begun.release());
  state_->arm_timer();
  return question;
}

Resolver::Question Resolver::name_of(const SocketAddress& address, NameAnswer answer) {
  Question question;
  auto begun = begin<std::string>(std::move(answer), question);
  if (state_->channel == nullptr) {
    begun->give(failure("no resolver"));
    return question;
  }
  const auto answered = [](void* argument, int status, int, hostent* host) {
    const std::unique_ptr<Asked<std::string>> asked(static_cast<Asked<std::string>*>(argument));
    if (!asked->wanted() || status == ARES_EDESTRUCTION) return;
    if (status == ARES_SUCCESS && host != nullptr && host->h_name != nullptr) {
      asked->give(std::string(host->h_name));
    } else {
      asked->give(failure(ares_strerror(status)));
    }
  };
  const bool inet6 = address.storage.ss_family == AF_INET6;
  const auto* bytes =
      inet6 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr)
            : &reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr;
  ares_gethostbyaddr(state_->channel, bytes, inet6 ? sizeof(in6_addr) : sizeof(in_addr),
                     inet6 ? AF_INET6 : AF_INET, answered, begun.release());
  state_->arm_timer();
  return question;
}

}  // namespace milter_manager::net
