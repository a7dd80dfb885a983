// SPDX-License-Identifier: GPL-3.0-or-later
// A whole session from bytes: settings, what the MTA and the milters send (raw, or with the length put right), in which
// order things happen, and the clock. Whatever that is, the MTA gets one reply for each command that has one, nothing
// is sent where no connection is, every end is reported once, and nothing is left open.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/command.h"
#include "core/protocol/packet.h"
#include "core/protocol/reply.h"
#include "core/session/negotiation.h"
#include "core/session/session.h"

namespace {

using namespace milter_manager;
using session::Seconds;
using session::Time;

void require(bool holds) {
  if (!holds) std::abort();
}

// What steers is read from the front; past the end there are zeros.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  unsigned byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    return value;
  }
  unsigned below(unsigned limit) { return byte() % limit; }
  std::uint32_t number() { return byte() << 16 | byte() << 8 | byte(); }
  std::string_view string(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

struct World : session::Actions, session::TagSource, session::Clock {
  struct Store : message::BodyStore {
    explicit Store(World& owner) : world(owner) { ++world.stores; }
    ~Store() override { --world.stores; }
    Progress append(std::string_view more) override {
      if (world.disk == 2) return Progress::failed;
      require(!waits || more.empty());
      bytes += more;
      waits = world.disk == 1 && (!waits || turn == world.turn);
      turn = world.turn;
      return waits ? Progress::pending : Progress::done;
    }
    Read read(std::uint64_t offset, std::size_t max_bytes) override {
      if (world.disk == 2) return {Progress::failed, {}};
      require(offset <= bytes.size());
      if (world.disk == 1 && world.turn % 2 != 0) return {Progress::pending, {}};
      return {Progress::done, std::string_view(bytes).substr(offset, max_bytes)};
    }
    std::uint64_t size_bytes() const override { return bytes.size(); }
    World& world;
    std::string bytes;
    bool waits = false;
    int turn = 0;
  };
  struct Link {
    bool open = false, connected = false, busy = false;
    bool stalled = false;  // packets wait in the framer
    std::unique_ptr<protocol::Framer> framer;
  };

  explicit World(std::size_t children) : links(children) {}

  Time now() const override { return time; }
  double unix_time() const override { return Seconds(time - Time{}).count(); }
  std::uint32_t next_tag() override { return ++last_tag; }

  void send_to_mta(std::string_view bytes) override {
    require(!mta_closed);
    each_packet(bytes, [&](protocol::Packet packet) {
      const auto reply = protocol::decode_reply(packet);
      require(reply.has_value());
      if (const auto* answer = std::get_if<protocol::reply::Negotiate>(&*reply)) {
        told = answer->option;
        ++negotiations;
      } else if (std::string_view("carty4ds").find(packet.kind()) != std::string_view::npos) {
        require(--owed >= 0);
      } else {
        require(owed == 1 && asked == 'E');
      }
    });
  }
  void close_mta() override { mta_closed = true; }
  void open_child(int child) override {
    require(!link(child).open);
    link(child) = {true, false, link(child).busy, false, std::make_unique<protocol::Framer>()};
  }
  void send_to_child(int child, std::string_view bytes) override {
    require(link(child).connected);
    each_packet(bytes,
                [](protocol::Packet packet) { require(protocol::decode_command(packet).has_value()); });
  }
  void close_child(int child) override {
    require(link(child).open);
    link(child).open = link(child).connected = false;
  }
  void ask_condition(const session::ConditionRequest& request) override { question = request.id; }
  std::unique_ptr<message::BodyStore> create_body_store() override { return std::make_unique<Store>(*this); }
  void report(const statistics::Event& event) override {
    using namespace statistics;
    std::string text;
    format(event, text);
    if (const auto* end = std::get_if<SessionEnd>(&event)) require(++session_ends[end->tag] == 1);
    if (const auto* end = std::get_if<MilterEnd>(&event)) require(++milter_ends[end->tag] == 1);
    if (const auto* end = std::get_if<MessageEnd>(&event))
      require(++messages[{end->session, end->number, 0}] == 1);
    if (const auto* end = std::get_if<MilterMessage>(&event)) {
      require(++messages[{end->session, end->number, end->child}] == 1);
    }
  }
  void child_busy(int child, bool busy) override { link(child).busy = busy; }
  void child_error(int, bool) override {}
  void log(session::Severity, std::string_view) override {}

  template <typename Visit>
  static void each_packet(std::string_view bytes, const Visit& visit) {
    protocol::Framer framer;
    const auto result = framer.feed(bytes, [&](protocol::Packet packet) {
      visit(packet);
      return true;
    });
    require(result.has_value() && framer.buffered_bytes() == 0);
  }
  Link& link(int child) { return links.at(static_cast<std::size_t>(child)); }

  struct MessageKey {
    std::uint32_t session, number, child;
    auto operator<=>(const MessageKey&) const = default;
  };
  Time time{};
  std::uint32_t last_tag = 0, question = 0;
  int stores = 0, turn = 0, owed = 0, negotiations = 0;
  unsigned disk = 0;
  char asked = 0;
  bool mta_closed = false;
  protocol::Option told;
  std::vector<Link> links;
  std::map<std::uint32_t, int> session_ends, milter_ends;
  std::map<MessageKey, int> messages;
};

class Play {
 public:
  explicit Play(std::string_view bytes) : in_(bytes), count_(in_.below(4)), world_(count_), known_(count_) {
    auto settings = std::make_shared<session::Settings>();
    settings->fallback = static_cast<session::Fallback>(in_.below(4));
    settings->chunk_size = 1 + in_.byte();
    settings->rejected_recipients = in_.byte() % 2 != 0;
    settings->children.resize(count_);
    for (unsigned i = 0; i < count_; ++i) {
      session::ChildSettings& child = settings->children[i];
      const unsigned bits = in_.byte();
      child.name = std::string(1, static_cast<char>('a' + i));
      child.fallback = static_cast<session::Fallback>(bits % 4);
      child.evaluation = (bits & 4) != 0;
      if (bits & 8) child.enforcement_share = 0.5;
      if (bits & 16) child.condition_stages = in_.number() & 0x1ff;
      if (bits & 32)
        known_.remember(static_cast<int>(i), {{2 + in_.below(5), in_.number(), in_.number()}, {}});
    }
    session_ = std::make_unique<session::Session>(settings, known_, world_, world_, world_);
  }

  void run() {
    for (int events = 0; !in_.empty() && events < 2000; ++events) happen();
    finish();
  }

 private:
  void happen() {
    const unsigned what = in_.below(16);
    switch (what) {
      case 0:
        return mta_sends(in_.string(in_.byte()));
      case 1:
      case 2:
      case 3:
      case 4:
        return mta_sends(framed("OCHMRTLNBEADUKQ"));
      case 5:
      case 6:
      case 7:
        return child_sends(in_.string(what == 5 ? in_.byte() : 0), what != 5);
      case 8:
        return child_connects();
      case 9:
        return child_negotiates();
      case 10:
        return condition_answers();
      case 11:
        return time_passes();
      case 12:
        return blocks();
      case 13:
        return disk_turns();
      case 14:
        return ends(in_.byte());
      default:
        return mta_sends(framed("MRTNBE"));
    }
  }

  // A packet of one of these kinds, with a right length.
  std::string framed(std::string_view kinds) {
    std::string packet;
    const char kind = kinds[in_.below(static_cast<unsigned>(kinds.size()))];
    const unsigned size = in_.byte();
    std::string payload(in_.string(size & 0x3f));
    if (size & 0x40) payload.push_back('\0');
    if (kind == 'O' && (size & 0x80)) payload = offer();
    protocol::append_packet(packet, kind, payload);
    return packet;
  }
  std::string offer() {
    std::string packet;
    protocol::encode(protocol::command::Negotiate{{2 + in_.below(5), 0x1ff, ~in_.number()}}, packet);
    return packet.substr(5);
  }

  void mta_sends(std::string_view bytes) {
    if (session_->finished() || mta_broken_) return;
    from_mta_ += bytes;
    mta_delivers();
  }

  void mta_delivers() {
    if (session_->finished() || mta_broken_ || !session_->wants_mta_packet()) return;
    const auto result = mta_.feed(std::exchange(from_mta_, {}), [&](protocol::Packet packet) {
      const char kind = packet.kind();
      if (std::string_view("CHMRTLNBEU").find(kind) != std::string_view::npos &&
          protocol::decode_command(packet) && world_.negotiations > 0) {
        const std::uint32_t quiet = session::bits_of(static_cast<protocol::CommandKind>(kind)).no_reply;
        require(world_.owed == 0);
        if ((world_.told.steps & quiet) == 0) world_.owed = 1;
        world_.asked = kind;
      }
      if (kind == 'A') require(world_.owed == 0);
      session_->mta_received(packet);
      return session_->wants_mta_packet();
    });
    if (result) return;
    mta_broken_ = true;
    session_->mta_closed("no packet");
  }

  void child_sends(std::string_view raw, bool is_framed) {
    if (count_ == 0) return;
    const int child = static_cast<int>(in_.below(count_));
    const std::string packet = is_framed ? framed("ccccaaryt4ds+-2behimpqf") : std::string(raw);
    child_delivers(child, packet);
  }

  void child_delivers(int child, std::string_view bytes) {
    World::Link& link = world_.link(child);
    if (!link.connected || session_->finished()) return;
    if (!session_->wants_child_packet(child)) {
      link.stalled = true;
      return;  // what can't be taken is lost: bytes are cheap here
    }
    link.stalled = false;
    // The session may close the connection, and open another one, while a packet is taken.
    auto reading = std::move(link.framer);
    const auto result = reading->feed(bytes, [&](protocol::Packet packet) {
      session_->child_received(child, packet);
      if (!link.connected) return false;
      link.stalled = !session_->wants_child_packet(child);
      return !link.stalled;
    });
    if (!link.connected) return;
    if (!link.framer) link.framer = std::move(reading);
    if (result) return;
    link.open = link.connected = false;
    session_->child_failed(child, "no packet");
  }

  void child_connects() {
    for (unsigned i = 0; i < count_; ++i) {
      World::Link& link = world_.links[i];
      if (!link.open || link.connected) continue;
      if (in_.byte() % 16 == 15) {
        link.open = false;
        session_->child_failed(static_cast<int>(i), "refused");
      } else {
        link.connected = true;
        session_->child_connected(static_cast<int>(i));
      }
      return;
    }
    if (count_ == 0 || in_.byte() % 8 != 0) return;
    const unsigned child = in_.below(count_);
    if (!world_.links[child].open) return;
    world_.links[child].open = world_.links[child].connected = false;
    session_->child_failed(static_cast<int>(child), "lost");
  }

  void child_negotiates() {
    if (count_ == 0) return;
    std::string packet;
    const std::uint32_t steps = in_.byte() % 2 ? 0 : in_.number();
    protocol::encode(protocol::reply::Negotiate{{in_.byte() % 8, 0x1ff, steps & 0x1fffff}, {}}, packet);
    child_delivers(static_cast<int>(in_.below(count_)), packet);
  }

  void condition_answers() {
    session::ConditionAnswer answer;
    const unsigned bits = in_.byte();
    answer.stop = bits % 4 == 3;
    answer.condition = "X";
    if (bits & 8) answer.macros.push_back({std::string(in_.string(3)), std::string(in_.string(3))});
    session_->condition_answered(bits & 16 ? in_.byte() : world_.question, answer);
  }

  void time_passes() {
    const auto deadline = session_->deadline();
    require(deadline.has_value() || session_->finished());
    if (!deadline) return;
    const Time soon = world_.time + std::chrono::milliseconds(10 * in_.byte());
    world_.time = soon < *deadline ? soon : std::max(*deadline, world_.time);
    if (soon >= *deadline) session_->deadline_passed();
  }

  void blocks() {
    const unsigned bits = in_.byte();
    if (count_ == 0 || bits % 4 == 0) {
      bits & 16 ? session_->mta_blocked() : session_->mta_drained();
    } else {
      const int child = static_cast<int>((bits >> 2) % count_);
      if (!world_.link(child).connected) return;
      bits & 16 ? session_->child_blocked(child) : session_->child_drained(child);
    }
  }

  void disk_turns() {
    const unsigned bits = in_.byte();
    if (bits & 1) world_.disk = (bits >> 1) % 16 == 15 ? 2 : (bits >> 1) % 2;
    ++world_.turn;
    session_->body_progressed();
  }

  void ends(unsigned bits) {
    if (bits % 16 == 0) session_->shut_down();
    if (bits % 16 == 1) session_->client_disconnected(static_cast<session::Fallback>(bits >> 6));
    if (bits % 64 == 2 && !session_->finished()) session_->mta_closed();
    mta_delivers();
  }

  // From here on all behave, and the clock runs: a reply that is due must come, and then the MTA goes.
  void finish() {
    world_.disk = std::min(world_.disk, 1u);
    session_->mta_drained();
    for (int i = 0; world_.owed > 0 && !session_->finished(); ++i) {
      require(i < 1000);
      ++world_.turn;
      session_->body_progressed();
      const auto deadline = session_->deadline();
      if (world_.owed == 0 || session_->finished()) break;
      require(deadline.has_value());
      world_.time = std::max(world_.time, *deadline);
      session_->deadline_passed();
    }
    if (!session_->finished()) session_->mta_closed();
    require(session_->finished() && world_.mta_closed && !session_->deadline());
    require(world_.stores == 0 && world_.session_ends.size() >= 1);
    for (const World::Link& link : world_.links) require(!link.open && !link.busy);
    if (world_.negotiations == 0) return;
    require(world_.milter_ends.size() == world_.session_ends.size() * count_);
    std::size_t ends = 0;
    for (const auto& [key, once] : world_.messages) ends += key.child == 0;
    require(world_.messages.size() == ends * (1 + count_));
  }

  Input in_;
  unsigned count_;
  World world_;
  session::KnownChildren known_;
  std::unique_ptr<session::Session> session_;
  protocol::Framer mta_;
  std::string from_mta_;
  bool mta_broken_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  Play(std::string_view(reinterpret_cast<const char*>(data), size)).run();
  return 0;
}
