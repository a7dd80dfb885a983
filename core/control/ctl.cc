// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ctl.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/control/client.h"
#include "core/control/presentation.h"
#include "core/net/connection_spec.h"

namespace milter_manager::control {
namespace {

// A reload evaluates the configuration anew, which may ask databases.
constexpr std::chrono::minutes kReloadLimit{5};

struct Wish {
  CommandKind command = CommandKind::get_status;
  enum class Show : std::uint8_t { nothing, status, json, milters, text, rates } show = Show::nothing;
  std::string place;
  std::string file;
  std::string name;
  double limit = 30;
  double interval = 2;
  std::uint64_t rounds = 0;
};

void define(CLI::App& app, Wish& wish, const std::string& default_place) {
  using Show = Wish::Show;
  app.require_subcommand(1);
  app.set_version_flag("--version", "milter-managerctl " MILTER_MANAGER_VERSION);
  app.add_option("-s,--connection-spec", wish.place,
                 "Where the manager's controller listens (controller.connection_spec)")
      ->type_name("SPEC")
      ->default_str(default_place);
  app.add_option("--timeout", wish.limit, "Wait so many seconds for an answer")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  const auto command = [&](const char* name, const char* what, CommandKind kind, Show show) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->fallthrough();
    sub->callback([&wish, kind, show] {
      wish.command = kind;
      if (wish.show == Show::nothing) wish.show = show;
    });
    return sub;
  };
  CLI::App* status =
      command("status", "Tell how the manager and its milters are", CommandKind::get_status, Show::status);
  status->add_flag_callback(
      "--json", [&wish] { wish.show = Show::json; }, "All that there is, for programs");
  command("milters", "Tell how the milters are", CommandKind::get_status, Show::milters);
  CLI::App* top = command("top", "Show what happens, again and again", CommandKind::get_status, Show::rates);
  top->add_option("-i,--interval", wish.interval, "Seconds between two looks")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  top->add_option("-n,--rounds", wish.rounds, "End after so many looks; 0: never")->capture_default_str();
  command("reload", "Have the configuration read anew; tells what is wrong with it", CommandKind::reload,
          Show::nothing);
  command("config", "Show conditions and milters as XML", CommandKind::get_configuration, Show::text);
  CLI::App* set =
      command("set-config", "Put a file's contents into milter-manager.custom.conf, for the next reload",
              CommandKind::set_configuration, Show::nothing);
  set->add_option("FILE", wish.file, "XML or Ruby; - is standard input")->required();
  CLI::App* stop = command("stop-child", "Leave a milter out of new sessions, until the next reload",
                           CommandKind::stop_child, Show::nothing);
  stop->add_option("NAME", wish.name, "The milter's name in the configuration")->required();
}

Result<std::string> contents(const std::string& path) {
  const bool is_input = path == "-";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(
      is_input ? nullptr : std::fopen(path.c_str(), "re"),
      [](std::FILE* file) { return file ? std::fclose(file) : 0; });
  std::FILE* const file = is_input ? stdin : opened.get();
  if (file == nullptr) return failure(fmt::format("{}: {}", path, std::strerror(errno)));
  std::string text;
  char piece[65536];
  for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, file)) > 0;) {
    text.append(piece, n);
    if (text.size() > kMostCommandBytes - 64) return failure(fmt::format("{} is too long", path));
  }
  if (std::ferror(file) != 0) return failure(fmt::format("{}: {}", path, std::strerror(errno)));
  return text;
}

class Run {
 public:
  Run(const Wish& wish, net::ConnectionSpec place, const CtlWorld& world)
      : wish_(wish), place_(std::move(place)), world_(world) {}

  Result<void> run() {
    Command command{wish_.command, wish_.name};
    if (wish_.command == CommandKind::set_configuration) {
      auto text = contents(wish_.file);
      if (!text) return tl::unexpected(text.error());
      command.text = std::move(*text);
    }
    if (wish_.show == Wish::Show::rates) return watch(command);
    const auto text = ask_for(command);
    if (!text) return tl::unexpected(text.error());
    return show(*text);
  }

 private:
  // What is wrong, or what the manager says.
  Result<std::string> ask_for(const Command& command) {
    const std::chrono::duration<double> limit =
        command.kind == CommandKind::reload ? std::max<std::chrono::duration<double>>(kReloadLimit, limit_())
                                            : limit_();
    auto reply = ask(place_, command, limit);
    if (!reply) return tl::unexpected(reply.error());
    if (reply->kind == ReplyKind::failure || reply->kind == ReplyKind::error)
      return failure(std::move(reply->text));
    return std::move(reply->text);
  }

  Result<void> show(const std::string& text) {
    const double now = unix_time();
    switch (wish_.show) {
      case Wish::Show::status:
        return print(show_status(text, now));
      case Wish::Show::milters:
        return print(show_milters(text, now));
      case Wish::Show::json:
      case Wish::Show::text:
        return print(text);
      case Wish::Show::rates:
      case Wish::Show::nothing:
        break;
    }
    return {};
  }

  Result<void> watch(const Command& command) {
    std::string before;
    auto then = std::chrono::steady_clock::now();
    for (std::uint64_t round = 1;; ++round) {
      const auto text = ask_for(command);
      if (!text) return tl::unexpected(text.error());
      const auto now = std::chrono::steady_clock::now();
      const auto rates = show_rates(*text, before, std::chrono::duration<double>(now - then).count());
      if (!rates) return tl::unexpected(rates.error());
      // From the top left on, line by line, what was there before is replaced.
      world_.print(world_.is_terminal ? "\x1b[H\x1b[2J" + *rates : *rates + "\n");
      if (round == wish_.rounds) return {};
      before = *text;
      then = now;
      world_.sleep(std::chrono::duration<double>(wish_.interval));
    }
  }

  Result<void> print(const Result<std::string>& text) {
    if (!text) return tl::unexpected(text.error());
    world_.print(*text);
    return {};
  }

  std::chrono::duration<double> limit_() const { return std::chrono::duration<double>(wish_.limit); }
  static double unix_time() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  const Wish& wish_;
  const net::ConnectionSpec place_;
  const CtlWorld& world_;
};

}  // namespace

int run_ctl(const std::vector<std::string>& arguments, const CtlWorld& world) {
  Wish wish;
  wish.place = world.default_place.empty() ? std::string(kDefaultPlace) : world.default_place;
  CLI::App app("Asks a running milter manager how it is, and tells it what to do", "milter-managerctl");
  define(app, wish, wish.place);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    world.print(app.get_subcommands().empty() ? app.help()
                                              : app.get_subcommands().front()->help(app.get_name()));
    return 0;
  } catch (const CLI::CallForVersion& version) {
    world.print(fmt::format("{}\n", version.what()));
    return 0;
  } catch (const CLI::ParseError& error) {
    world.print_error(
        fmt::format("milter-managerctl: {}\nmilter-managerctl --help tells more.\n", error.what()));
    return error.get_exit_code();
  }
  const auto place = net::parse_connection_spec(wish.place);
  const auto done = place ? Run(wish, *place, world).run() : Result<void>(tl::unexpected(place.error()));
  if (done) return 0;
  world.print_error(fmt::format("milter-managerctl: {}\n", done.error().message));
  return 1;
}

}  // namespace milter_manager::control
