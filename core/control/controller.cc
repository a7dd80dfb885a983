// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/controller.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "core/control/configuration_xml.h"
#include "core/control/custom_file.h"
#include "core/control/status.h"

namespace milter_manager::control {
namespace {

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Reply outcome(const Result<void>& result) {
  return result ? Reply{ReplyKind::success, {}} : failure_reply(result.error().message);
}

}  // namespace

Result<net::ConnectionSpec> controller_place(const std::string& connection_spec) {
  auto spec = net::parse_connection_spec(connection_spec);
  if (!spec || spec->host.empty() || spec->host_is_address) return spec;
  // Another name would have to be looked up, which may take its time.
  if (spec->host != "localhost") {
    return failure(
        fmt::format("controller.connection_spec needs an address, not a name: <{}>", connection_spec));
  }
  spec->host = spec->family == net::ConnectionSpec::Family::inet ? "127.0.0.1" : "::1";
  spec->host_is_address = true;
  return spec;
}

Controller::Controller(net::Loop& loop, log::Logger& logger, supervision::Manager& manager,
                       std::string version)
    : loop_(loop),
      logger_(logger),
      manager_(manager),
      version_(std::move(version)),
      self_(std::make_shared<Controller*>(this)),
      server_(loop, logger,
              [this](const Command& command, Server::Answer answer) { handle(command, std::move(answer)); }) {
}

Controller::~Controller() = default;

Result<void> Controller::use(const config::Configuration& configuration) {
  const config::Controller& controller = configuration.controller;
  if (!controller.connection_spec) {
    if (place_.empty() && server_.spec().empty()) {
      logger_.log(log::Level::info, "[controller][disabled] controller.connection_spec is not set");
    }
    place_.clear();
    server_.close();
    return {};
  }
  const std::string place =
      fmt::format("{} {} {:o} {}", *controller.connection_spec, controller.allow_remote,
                  controller.unix_socket_mode, controller.unix_socket_group.value_or(""));
  if (place == place_) return {};
  const auto spec = controller_place(*controller.connection_spec);
  if (!spec) return tl::unexpected(spec.error());
  Server::Place at;
  at.spec = *spec;
  at.options.mode = controller.unix_socket_mode;
  at.options.group = controller.unix_socket_group.value_or("");
  at.options.remove_dead_socket = controller.remove_unix_socket_on_create;
  at.remove_on_close = controller.remove_unix_socket_on_close;
  at.allow_remote = controller.allow_remote;
  // The same socket with another mode can't be opened beside the old one.
  if (!server_.spec().empty() && server_.spec() == net::format(*spec)) {
    place_.clear();
    server_.close();
  }
  if (auto listening = server_.listen(at); !listening) return listening;
  place_ = place;
  logger_.log(log::Level::info, fmt::format("[controller][listen] {}", server_.spec()));
  return {};
}

void Controller::handle(const Command& command, Server::Answer answer) {
  switch (command.kind) {
    case CommandKind::set_configuration:
      save_configuration(command.text, std::move(answer));
      return;
    case CommandKind::get_configuration:
      tell_configuration(std::move(answer));
      return;
    case CommandKind::reload:
      manager_.reload([answer = std::move(answer)](const Result<void>& done) { answer(outcome(done)); });
      return;
    case CommandKind::get_status:
      manager_.take_snapshot([weak = std::weak_ptr<Controller*>(self_),
                              answer = std::move(answer)](const supervision::Snapshot& snapshot) {
        const auto self = weak.lock();
        if (!self) return;
        const Controller& controller = **self;
        answer({ReplyKind::status, status_json(snapshot, *controller.manager_.configuration(),
                                               controller.version_, unix_time())});
      });
      return;
    case CommandKind::stop_child:
      manager_.stop_milter(command.text,
                           [answer = std::move(answer)](const Result<void>& done) { answer(outcome(done)); });
      return;
  }
}

void Controller::save_configuration(const std::string& text, Server::Answer answer) {
  const auto saved = std::make_shared<std::optional<Result<std::string>>>();
  const std::uint64_t number = ++last_work_;
  works_[number] = net::Work(
      loop_, [saved, folders = manager_.load_paths(), text] { *saved = save_custom_file(folders, text); },
      [this, saved, number, answer = std::move(answer)] {
        const Result<std::string>& result = **saved;
        if (result)
          logger_.log(log::Level::info,
                      fmt::format("[controller][set-configuration] {} was written", *result));
        const Reply reply = result ? Reply{ReplyKind::success, {}} : error_reply(result.error().message);
        works_.erase(number);
        answer(reply);
      });
}

void Controller::tell_configuration(Server::Answer answer) {
  const auto changed = std::make_shared<std::optional<std::int64_t>>();
  const std::uint64_t number = ++last_work_;
  works_[number] = net::Work(
      loop_, [changed, folders = manager_.load_paths()] { *changed = custom_file_changed_at(folders); },
      [this, changed, number, answer = std::move(answer)] {
        const Reply reply{ReplyKind::configuration, configuration_xml(*manager_.configuration(), *changed)};
        works_.erase(number);
        answer(reply);
      });
}

}  // namespace milter_manager::control
