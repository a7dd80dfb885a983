// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/mail_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "milter-report/mail_document.h"
#include "milter-report/spool.h"

namespace milter_manager::report {
namespace {

class MailCommand : public Command {
 public:
  std::string_view name() const override { return "mail"; }
  std::string_view description() const override {
    return "What happened to this mail, by its queue id, an address or its message id.";
  }
  void declare(CLI::App& app) override {
    app.add_option("mail", wanted_, "A queue id, the address of the sender or a recipient, or a message id.")
        ->type_name("QUEUE-ID|ADDRESS|MESSAGE-ID")
        ->required();
    app.add_option("--limit", limit_, "Tell of so many mails at most, the newest.")
        ->type_name("NUMBER")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    logs_.declare(app);
  }

  Outcome run(double now) override {
    auto selection = logs_.selection(now);
    if (!selection) return failed(selection.error().message);
    const std::vector<std::string> named = selection->paths;
    SpooledInput input;
    if (const auto spooled = input.replace(selection->paths); !spooled)
      return failed(spooled.error().message);
    // A queue id is found in one pass. Else first what is wanted, then all that is told of it: the manager has ended when
    // the MTA names the sender.
    MailSearch search(wanted_, limit_);
    std::vector<MailStory> stories;
    auto report = looks_like_queue_id() ? tell(*selection, wanted_, stories) : find(*selection, search);
    if (report && looks_like_queue_id() && stories.empty()) report = find(*selection, search);
    if (!report) return failed(report.error().message);
    if (stories.empty() && search.found().empty() && search.refusals().empty()) {
      selection->paths = named;
      return failed(not_found(*selection, *report));
    }
    if (!search.found().empty()) report = tell(*selection, search.found(), stories);
    if (!report) return failed(report.error().message);
    selection->paths = named;
    Outcome outcome;
    Document& document = outcome.document.emplace();
    document.command = "mail";
    document.title = fmt::format("Mail {}", wanted_);
    describe_reading(*selection, *report, document);
    if (search.left_out() > 0) {
      document.cautions.push_back(
          fmt::format("{} older mails are left out: --limit or --since tell of them.", search.left_out()));
    }
    for (const MailStory& story : stories) add_story(story, document);
    add_refusals(search, document);
    return outcome;
  }

 private:
  bool looks_like_queue_id() const {
    return std::all_of(wanted_.begin(), wanted_.end(), [](char byte) {
      return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    });
  }

  static Result<ReadReport> find(const LogSelection& selection, MailSearch& search) {
    MailVisitor* const visitors[] = {&search};
    return read_mails(selection, visitors);
  }

  template <typename Wanted>
  static Result<ReadReport> tell(const LogSelection& selection, const Wanted& wanted,
                                 std::vector<MailStory>& stories) {
    StoryTeller teller(wanted);
    MailVisitor* const visitors[] = {&teller};
    auto report = read_mails(selection, visitors);
    stories = teller.finish();
    return report;
  }

  std::string not_found(const LogSelection& selection, const ReadReport& report) const {
    if (report.counts.lines == 0) return *nothing_to_report(selection, report, false);
    return fmt::format("\"{}\" is in no line of the MTA or the manager that we know; {} lines were read",
                       wanted_, report.counts.lines);
  }

  LogOptions logs_;
  std::string wanted_;
  std::size_t limit_ = 10;
};

}  // namespace

std::unique_ptr<Command> make_mail_command() { return std::make_unique<MailCommand>(); }

}  // namespace milter_manager::report
