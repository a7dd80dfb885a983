# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  # The manager's log, for configuration files:
  #
  #   Milter::Logger.info("there are #{defined_milters.size} milters")
  module Logger
    %w[critical error warning message info debug].each do |level|
      define_singleton_method(level) do |text|
        Milter::Manager::Native.log(level, text.to_s)
        nil
      end
    end
  end
end
