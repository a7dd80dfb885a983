# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  # The manager's log, for configuration files:
  #
  #   Milter::Logger.info("there are #{defined_milters.size} milters")
  module Logger
    LEVELS = %w[critical error warning message info debug trace statistics profile].freeze

    LEVELS.each do |level|
      # Also with a block, which makes the text.
      define_singleton_method(level) do |text = nil, &block|
        text = block.call if text.nil? && block
        Milter::Manager::Native.log(level, text.to_s)
        nil
      end
    end

    # A line of any level, for a level that is known only at run time.
    def self.log(level, text)
      level = level.to_s
      raise ArgumentError, "level should be one of #{LEVELS.inspect} but was #{level.inspect}" unless LEVELS.include?(level)
      public_send(level, text)
    end
  end
end
