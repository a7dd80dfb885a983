// SPDX-License-Identifier: GPL-3.0-or-later
#define CATCH_CONFIG_RUNNER
#include <QCoreApplication>
#include <QLocale>
#include <catch2/catch.hpp>

int main(int argc, char** argv) {
  const QCoreApplication application(argc, argv);
  QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
  return Catch::Session().run(argc, argv);
}
