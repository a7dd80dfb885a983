// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/milters.h"

#include <QAbstractItemModelTester>
#include <catch2/catch.hpp>

#include "gui/model/hosts.h"

namespace milter_manager::gui {

TEST_CASE("the list of milters follows what comes and goes, and what is selected stays selected") {
  Milters model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
  CHECK(model.rowCount() == 1);
  CHECK(model.index(0).data().toString() == "All milters");
  model.set_contents({.milters = {"b", "d"}, .hosts = {}, .first = {}, .newest = {}, .failures = {}});
  const QPersistentModelIndex selected = model.index(model.row_of("d"));
  CHECK(selected.row() == 2);

  Overview overview;
  overview.milters.push_back({.name = "d", .state = MilterState::active, .reject_share = 0.25});
  overview.milters.push_back({.name = "a", .state = MilterState::failing, .is_evaluated = true});
  overview.milters.push_back({.name = "c"});
  model.set_overview(overview);
  REQUIRE(model.rowCount() == 4);
  CHECK(model.milter(1) == "a");
  CHECK(model.row_of("b") == -1);
  REQUIRE(selected.isValid());
  CHECK(selected.row() == 3);
  CHECK(selected.data(Milters::RejectShareRole).toDouble() == 0.25);
  CHECK(selected.data(Qt::AccessibleTextRole).toString() == "d: active, rejects 25.0 %");
  CHECK(model.index(1).data(Milters::EvaluatedRole).toBool());
  CHECK(model.index(1).data(Qt::AccessibleTextRole).toString() == "a: failing, in evaluation");
  CHECK_FALSE(model.index(1).data(Milters::RejectShareRole).isValid());

  // Its numbers are kept until newer ones come.
  model.set_contents({.milters = {"d", "e"}, .hosts = {}, .first = {}, .newest = {}, .failures = {}});
  CHECK(selected.row() == 1);
  CHECK(selected.data(Milters::RejectShareRole).toDouble() == 0.25);
  model.set_contents({});
  CHECK(model.rowCount() == 1);
  CHECK_FALSE(selected.isValid());
}

TEST_CASE("the list of hosts begins with all of them") {
  Hosts model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
  model.set_hosts({"mx1", "mx2"});
  REQUIRE(model.rowCount() == 3);
  CHECK(model.index(0).data().toString() == "All hosts");
  CHECK(model.host(0).empty());
  CHECK(model.host(2) == "mx2");
  CHECK(model.host(9).empty());
  CHECK(model.index(1).data(Qt::UserRole).toString() == "mx1");
}

}  // namespace milter_manager::gui
