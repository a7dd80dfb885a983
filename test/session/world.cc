// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/session/world.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/protocol/packet.h"

namespace milter_manager::session {
namespace {

class TestStore : public message::BodyStore {
 public:
  explicit TestStore(World& world) : world_(world) {}

  Progress append(std::string_view bytes) override {
    if (world_.disk == Disk::fails) return Progress::failed;
    if (appending_) {
      if (!bytes.empty()) world_.broken_rules.emplace_back("appended to a store that is not done yet");
      return done(append_turn_) ? (appending_ = false, Progress::done) : Progress::pending;
    }
    bytes_ += bytes;
    if (world_.disk == Disk::works) return Progress::done;
    appending_ = true;
    append_turn_ = world_.disk_turns;
    return Progress::pending;
  }

  Read read(std::uint64_t offset, std::size_t max_bytes) override {
    if (world_.disk == Disk::fails) return {Progress::failed, {}};
    if (world_.disk == Disk::slow && !reading_) {
      reading_ = true;
      read_turn_ = world_.disk_turns;
    }
    if (reading_ && !done(read_turn_)) return {Progress::pending, {}};
    reading_ = false;
    const std::string_view all = bytes_;
    // A copy, so that the sanitizers see who keeps the view for too long.
    read_ = std::make_unique<std::string>(all.substr(std::min<std::size_t>(offset, all.size()), max_bytes));
    return {Progress::done, *read_};
  }

  std::uint64_t size_bytes() const override { return bytes_.size(); }

 private:
  bool done(int turn) const { return world_.disk_turns > turn; }

  World& world_;
  std::string bytes_;
  std::unique_ptr<std::string> read_;
  bool appending_ = false;
  bool reading_ = false;
  int append_turn_ = 0;
  int read_turn_ = 0;
};

void split(std::string_view bytes, World& world, World::Received& received) {
  protocol::Framer framer;
  const auto result = framer.feed(bytes, [&](protocol::Packet packet) {
    received.emplace_back(packet.raw);
    return true;
  });
  if (!result || framer.buffered_bytes() != 0)
    world.broken_rules.emplace_back("sent what is no whole packet");
}

}  // namespace

void World::send_to_mta(std::string_view bytes) {
  if (!to_mta.empty() && to_mta.back().empty()) broken_rules.emplace_back("sent to the MTA after closing");
  split(bytes, *this, to_mta);
}

void World::open_child(int child) {
  const auto index = static_cast<std::size_t>(child);
  if (opened[index]) broken_rules.push_back(fmt::format("opened child {} twice", child));
  opened[index] = true;
  to_open.push_back(child);
}

void World::send_to_child(int child, std::string_view bytes) {
  const auto index = static_cast<std::size_t>(child);
  if (!opened[index]) broken_rules.push_back(fmt::format("sent to child {}, which is closed", child));
  split(bytes, *this, to_child[index]);
}

void World::close_child(int child) {
  const auto index = static_cast<std::size_t>(child);
  if (!opened[index]) broken_rules.push_back(fmt::format("closed child {}, which is closed", child));
  opened[index] = false;
  to_open.erase(std::remove(to_open.begin(), to_open.end(), child), to_open.end());
  to_child[index].emplace_back();
}

std::unique_ptr<message::BodyStore> World::create_body_store() { return std::make_unique<TestStore>(*this); }

void World::report(const statistics::Event& event) {
  std::string text;
  statistics::format(event, text);
  statistics.push_back(std::move(text));
}

void World::log(Severity severity, std::string_view text) {
  if (severity <= Severity::warning) warnings.emplace_back(text);
}

}  // namespace milter_manager::session
